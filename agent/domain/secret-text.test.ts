import { describe, expect, it } from 'vitest';
import { leakOf, plantedSecrets } from '../testing/planted-secrets.ts';
import { findSecrets, isSecretName, looksSecret, withoutSecrets, withoutSecretsIn } from './secret-text.ts';

const slack = ['https://hooks.slack.com', 'services', 'T01', 'B01', 'abcdef'].join('/');
const stripe = ['sk', 'live', 'abcdef123456'].join('_');
const personal = ['ghp', 'abcdefghij0123456789'].join('_');

describe('a value', () => {
  it.each([
    ['a URL with a password', 'postgres://shop:hunter2@db/shop'],
    ['a URL with a token', 'https://tok3n@git.example/x'],
    ['a URL that was cut within the password', 'refused by postgres://shop:hunt'],
    ['a hook', slack],
    ['a key of a payment service', stripe],
    ['a personal token', personal],
    ['a key of AWS', `AKIA${'ABCDEFGHIJKLMNOP'}`],
    ['a signed URL', 'https://x.example/y?sig=abcd1234'],
    ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nabc'],
    ['a web token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.abc'],
    ['a connection string', 'Server=db;User Id=shop;Password=hunter2;'],
    ['a command line', '["serve","--db-password","hunter2"]'],
    ['another command line', '["sh","-c","serve --token=hunter2"]'],
    ['what nobody would choose as a name', 'q8Zr1LkP0vXw5TbN3mYc7HdJ9sGf2AeU'],
  ])('looks secret when it is %s', (_, value) => {
    expect(looksSecret(value)).toBe(true);
  });

  it.each([
    'registry.example/shop/checkout:2026-01-01',
    'registry.example/shop@sha256:3f2a1c9d3f2a1c9d3f2a1c9d3f2a1c9d3f2a1c9d3f2a1c9d3f2a1c9d3f2a1c9d',
    'http://cart:8080/items?limit=50',
    'look at http://cart:8080.',
    'http://$HOST:$PORT',
    'http://[::1]:8080',
    '["node","main.js","--max-old-space-size=256"]',
    '{"command":["CMD-SHELL","curl -f http://localhost:8080/health"],"interval":30}',
    'arn:aws:iam::111122223333:role/CheckoutTaskRole',
    '3f2a1c9d3f2a1c9d3f2a1c9d3f2a1c9d3f2a1c9d',
    '',
  ])('does not look secret: %j', (value) => {
    expect(looksSecret(value)).toBe(false);
  });

  it('is judged quickly however long it is', () => {
    for (const part of [
      'a',
      '-',
      '://',
      'password',
      'eyJ',
      '?sig=',
      ' ',
      '"',
      'secret-',
      '-----BEGIN A',
      'curl -',
      'aB1',
      '\\u200b',
      '{"name":"key",',
      '\\',
    ]) {
      looksSecret(part.repeat(20_000));
    }
    expect(looksSecret('a'.repeat(100_000))).toBe(false);
  });
});

it.each(['DB_PASSWORD', 'API_KEY', 'SLACK_WEBHOOK', 'GITHUB_PAT', 'DB_PWD', 'COOKIE_SALT', 'SESSION_SEED'])('%s names a secret', (name) => {
  expect(isSecretName(name)).toBe(true);
});
it.each(['LOG_LEVEL', 'PORT', 'PATH', 'TIMEOUT_MS', 'POOL_SIZE'])('%s names none', (name) => {
  expect(isSecretName(name)).toBe(false);
});

describe('a line of a diff', () => {
  it.each([
    ["+  apiKey: 'abc12345',", "+  apiKey: '***',"],
    ['-DB_PASSWORD="hunter2"', '-DB_PASSWORD="***"'],
    ['+  url: "postgres://shop:hunter2@db/shop"', '+  url: "postgres://***@db/shop"'],
    [`+const key = "${stripe}";`, '+const key = "***";'],
  ])('loses its secret: %s', (line, masked) => {
    expect(withoutSecrets(line)).toBe(masked);
  });

  it.each([
    '-  if (token === undefined) throw new Unauthorized();',
    '+  const token = readToken(request);',
    '-  await withTimeout(2000, () => call());',
    "+  key: 'id',",
  ])('stays as it is without one: %s', (line) => {
    expect(withoutSecrets(line)).toBe(line);
  });
});

describe('a text', () => {
  it.each([
    'password authentication failed for user "shop"',
    'Invalid token: expired',
    'tokens: 4096 of 8192, max_tokens=4096',
    'secretsmanager:GetSecretValue is not allowed',
    'PWD=/srv/shop',
    'rotate-access-key failed: no such user',
    'task/Shop/3f2a1c9d3f2a1c9d3f2a1c9d3f2a1c9d stopped',
    'KintsugiStack-CheckoutServiceTaskDefB3A1C2D4-pQeN1cQ8yYhH',
    'ApplicationLoadBalancedFargateService2 is steady',
    'io.netty.channel.AbstractChannel$AnnotatedConnectException: Connection refused',
    'trace 1-5759e988-bd862e3fe1be46a994272793 took 3 s',
  ])('stays as it is without a secret: %s', (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });

  it.each([
    ['Private-Lines: 8 AAAAgQC7dEvAA9cAAAAgQC7dEvAA9c', 'Private-Lines: 8***'],
    ['POST https://acme.webhook.office.com/webhookb2/0a1b2c3d 400', 'POST https://acme.webhook.office.com/webhookb2/*** 400'],
    ['machine git.example login shop password hunter2', 'machine git.example login shop password ***'],
    ['CONFIG SET requirepass "hunter2"', 'CONFIG SET requirepass "***"'],
    ['AUTH hunter2', 'AUTH ***'],
    ['with SSWS 00abcdefghij0123456789', 'with SSWS ***'],
    ['jsessionid=0A1B2C3D4E5F60718293', 'jsessionid=***'],
    ['?code=4/0AbCd&state=1', '?code=***&state=1'],
    [`key ${'a'.repeat(14)}.atlasv1.${'b'.repeat(30)}`, 'key ***'],
  ])('keeps the words around its secret: %s', (text, left) => {
    expect(withoutSecrets(text)).toBe(left);
  });

  it.each([
    ['unseen characters', `gh\u200bp_${'abcdefghij0123456789'}`],
    ['wide letters', `ｇｈｐ_${'abcdefghij0123456789'}`],
    ['letters of another alphabet', 'раsswоrd=hunter22'],
    ['colours of a terminal', `\u001b[31mghp_abc\u001b[0m${'defghij0123456789'}`],
    ['escapes of JSON in front', `\\n${'ghp_'}abcdefghij0123456789`],
    ['escapes of JSON within', `ghp\\u005fabcdefghij0123456789`],
    ['a mark that turns the direction', `ghp_\u202e${'abcdefghij0123456789'}`],
  ])('loses its secret in spite of %s', (_, text) => {
    const left = withoutSecrets(`before ${text} after`)
      .replace(/раsswоrd=|\\n/, '')
      .replace('\u001b[31m', '');
    expect(left).toBe('before *** after');
  });

  it('tells what kind of secret stands where', () => {
    expect(findSecrets(`a ${personal}, b`)).toEqual([{ kind: 'github-token', from: 2, to: 26 }]);
  });
});

it.each([1, 2, 3])('a text as JSON within JSON loses its secrets and is JSON still, %i deep', (depth) => {
  let text = JSON.stringify({ args: ['mysql', '--password', 'hunter2'], env: { DB_PASSWORD: 'a b"c' }, said: `\n${personal}` });
  for (let level = 1; level < depth; level += 1) text = JSON.stringify({ text });
  const left = withoutSecrets(text);
  for (const secret of ['hunter2', 'a b', personal]) expect(left).not.toContain(secret);
  let read: unknown = left;
  for (let level = 0; level < depth; level += 1) read = JSON.parse((read as { text?: string }).text ?? (read as string));
  expect(read).toMatchObject({ args: ['mysql', '--password', '***'] });
});

describe('a record', () => {
  it('loses the secrets in its texts and in fields named for them, and nothing else', () => {
    const record = { key: 'a1', count: 3, at: null, detail: [`said ${personal}`], headers: { authorization: 'x', 'db-password': 'y' } };
    expect(withoutSecretsIn(record)).toEqual({
      key: 'a1',
      count: 3,
      at: null,
      detail: ['said ***'],
      headers: { authorization: '***', 'db-password': '***' },
    });
  });

  it('loses the value of a variable whose name says that it is secret', () => {
    const environment = [
      { name: 'DB_PASSWORD', value: 'plain' },
      { name: 'LOG_LEVEL', value: 'debug' },
    ];
    expect(withoutSecretsIn({ environment })).toEqual({
      environment: [
        { name: 'DB_PASSWORD', value: '***' },
        { name: 'LOG_LEVEL', value: 'debug' },
      ],
    });
  });

  it('keeps what is no plain data, for others to refuse', () => {
    const date = new Date(0);
    expect(withoutSecretsIn({ date }).date).toBe(date);
  });
});

it.each(plantedSecrets(3, 1).map((planted) => [planted.kind, planted] as const))('finds a secret of the kind: %s', (_, planted) => {
  expect(leakOf(planted, planted.line)).not.toBeNull();
  expect(leakOf(planted, withoutSecrets(planted.line))).toBeNull();
});
