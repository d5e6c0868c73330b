import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leakOf, plantedSecrets } from '../../testing/planted-secrets.ts';
import { createRedactor } from './redactor.ts';

const redactor = createRedactor();
const mask = (text: string, keep: string[] = []) => redactor.begin(keep).mask(text).text;

describe('a name', () => {
  it.each([
    ['connect ECONNREFUSED 10.2.3.4:5432', 'connect ECONNREFUSED [address-1]:5432'],
    ['from 2001:db8::7f to fe80::1', 'from [address-1] to [address-2]'],
    ['http://admin-panel:8080/health answered 503', 'http://[host-1]:8080/health answered 503'],
    ['postgres://shop:hunter2@db.shop.internal/shop', 'postgres://[secret]@[host-1]/shop'],
    ['getaddrinfo ENOTFOUND db.shop.internal', 'getaddrinfo ENOTFOUND [host-1]'],
    ['ip-10-0-3-7.eu-west-1.compute.internal is gone', '[host-1] is gone'],
    ['rhost=pc42 user=lovelace', 'rhost=[host-1] user=[person-1]'],
    ['arn:aws:ecs:eu-west-1:111122223333:service/shop/checkout', 'arn:aws:ecs:eu-west-1:[account-1]:service/shop/checkout'],
    ['account 111122223333 is at its limit', 'account [account-1] is at its limit'],
    ['arn:aws:sts::111122223333:assumed-role/deployer/ada', 'arn:aws:sts::[account-1]:assumed-role/deployer/[person-1]'],
    ['write to ada.lovelace+shop@example.org', 'write to [mail-1]'],
    ['Co-authored-by: Ada Lovelace <ada@example.org>', 'Co-authored-by: [person-1] <[mail-1]>'],
    ['thanks to @ada-l, again', 'thanks to [person-1], again'],
    ['{"e":"refused by\\n10.2.3.4\\tand \\\\n10.9.9.9"}', '{"e":"refused by\\n[address-1]\\tand \\\\n[address-2]"}'],
    ['"https:\\/\\/admin-panel\\/health"', '"https:\\/\\/[host-1]\\/health"'],
  ])('is masked: %s', (text, masked) => {
    expect(mask(text)).toBe(masked);
    const masking = redactor.begin([]);
    expect(masking.unmask(masking.mask(text).text)).toBe(text.replace('shop:hunter2@', '[secret]@'));
  });

  it.each([1, 2, 3])('is masked in a line of JSON, though it is escaped %i times', (times) => {
    const names = { user: 'grace.hopper', host: 'db-replica-3', accountId: '210987654321', at: 'ERROR\n10.2.3.4' };
    let text = JSON.stringify(names);
    for (let time = 0; time < times; time += 1) text = JSON.stringify({ template: `upstream said ${text}` });
    const masking = redactor.begin([]);
    const masked = masking.mask(text).text;
    for (const name of ['hopper', 'db-replica-3', '210987654321', '10.2.3.4']) expect(masked).not.toContain(name);
    expect(masking.unmask(masked)).toBe(text);
  });

  it('is put back as it was written, but without what is not seen', () => {
    const masking = redactor.begin([]);
    expect(masking.unmask(masking.mask('Author: José Çelik <a@example.org>').text)).toContain('José Çelik');
    const { text } = masking.mask('db.sh\\u006fp.internal and pay.sh\u200dop.internal');
    expect(text).toBe('[host-1] and [host-2]');
    expect(masking.unmask(text)).toBe('db.shop.internal and pay.shop.internal');
  });

  it.each([
    'java.io.IOException: Connection reset by peer',
    'org.apache.zookeeper.server.NIOServerCnxn',
    'at Server.emit (node:events:518:28) in server.js:12',
    '12:34:56 took 1.25 s, version 4.17.21',
    'std::vector and Foo::Bar',
    'listening on 127.0.0.1:8080 and localhost',
    'import { x } from "@aws-sdk/client-ecs"; @app.route("/")',
    'user=root',
    'logname= uid=0 euid=0 tty=ssh ruser= rhost= port=22',
    'server 188978561024 of the quorum',
    'http://localhost:8080/',
  ])('is not seen where there is none: %s', (text) => {
    expect(mask(text)).toBe(text);
  });

  it('that has to be cited stays, also as the first part of a host', () => {
    expect(mask('http://cart:8080 and http://checkout.shop.local via pay.shop.local', ['cart', 'checkout'])).toBe(
      'http://cart:8080 and http://checkout.[domain-1] via [host-1]',
    );
  });

  it('has the same mask in all texts of a conversation, however it is written, and may have another in the next', () => {
    const masking = redactor.begin([]);
    expect(masking.mask('a.example.org b.example.org').text).toBe('[host-1] [host-2]');
    expect(masking.mask('B.EXAMPLE.ORG').text).toBe('[host-2]');
    expect(redactor.begin([]).mask('b.example.org').text).toBe('[host-1]');
  });

  it('is put back only for masks of this conversation', () => {
    const masking = redactor.begin([]);
    masking.mask('a.example.org');
    expect(masking.unmask('look at [host-1], not [host-2] or [secret]')).toBe('look at a.example.org, not [host-2] or [secret]');
  });

  it('that is twelve digits is an account once something said so', () => {
    const masking = redactor.begin([]);
    expect(masking.mask('111122223333 and 444455556666').text).toBe('111122223333 and 444455556666');
    expect(masking.mask('arn:aws:iam::111122223333:role/x, 111122223333 and 444455556666').text).toBe(
      'arn:aws:iam::[account-1]:role/x, [account-1] and 444455556666',
    );
  });

  it('hidden by unseen characters or wide letters is found', () => {
    expect(mask('db.sh\u200bop.internal and １０.2.3.4 and \u001b[31m10.9.9.9\u001b[0m')).toBe('[host-1] and [address-1] and [address-2]');
  });
});

describe('a mask', () => {
  it('that a stranger wrote is none', () => {
    const masking = redactor.begin([]);
    masking.mask('a.example.org');
    const sent = masking.mask('see [host-1] and [secret]').text;
    expect(sent).toBe('see (host-1) and (secret)');
    expect(masking.unmask(sent)).toBe(sent);
  });

  it.each([
    '[ho\u200dst-1]',
    '[h\u043est-1]',
    '[host\u20101]',
    '[host\\u002d1]',
    '[host - 1]',
    '[host-\u0661]',
    '\uff3bhost-\u2460\uff3d',
    '[secr\u200det]',
  ])('that a stranger wrote to be taken for one is none: %j', (forged) => {
    expect(mask(forged)).toMatch(/^\([^[\]]+\)$/);
  });

  it('is put back into JSON without breaking it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.domain(),
        fc.emailAddress(),
        fc.ipV4(),
        (text, host, mail, address) => {
          const masking = redactor.begin([]);
          const sent = masking.mask(`${text} http://${host}/ ${mail} ${address}`).text;
          expect(() => JSON.parse(masking.unmask(JSON.stringify({ sent })))).not.toThrow();
        },
      ),
    );
  });
});

describe('a secret', () => {
  it('never leaves, and is counted by kind', () => {
    const { text, secrets } = redactor.begin([]).mask(`DB_PASSWORD=hunter22 and ${['ghp', 'abcdefghij0123456789'].join('_')}`);
    expect(text).toBe('DB_PASSWORD=[secret] and [secret]');
    expect(secrets).toEqual({ password: 1, 'github-token': 1 });
  });

  it('of any kind is gone, and stays gone in the answer', () => {
    for (const planted of plantedSecrets(2, 3)) {
      const masking = redactor.begin([]);
      expect(leakOf(planted, masking.unmask(masking.mask(planted.line).text))).toBeNull();
    }
  });
});

it('is done in time that grows with the text, whatever the text', () => {
  for (const part of ['a.', 'a:', '1.', '@a', 'A ', 'ip-1-', '://', 'user=', '[host-1]', 'a@a.', '\\', '\\"', '[ ', 'host\\"'])
    mask(part.repeat(20_000));
});
