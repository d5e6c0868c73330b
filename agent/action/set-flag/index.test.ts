import { beforeEach, describe, expect, it } from 'vitest';
import type { Hypothesis } from '../../domain/cause.ts';
import { permitted } from '../../testing/hold.ts';
import { incidentBrief } from '../../testing/incident-brief.ts';
import { createS3, type S3Version } from '../../testing/s3-server.ts';
import { actionContract, created, depsless, depsOn, planned } from '../action.contract.ts';
import { startEcsServer } from '../ecs/server.contract.ts';
import { setFlag } from './index.ts';

const target = { cluster: 'shop', service: 'checkout' };
const params = { ...target, entry: 'tax-engine-off' };
const signal = new AbortController().signal;
const effect = permitted({ signal });

const entry = {
  name: 'tax-engine-off',
  flag: 'newTaxEngine',
  value: 'off',
  causes: ['dependency-fault', 'all-tasks-degraded'],
  services: ['shop/checkout'],
  at: { kind: 's3', bucket: 'shop-flags', key: 'flagd/shop.json' },
};
const config = { flags: [entry] };

const text = `{
\t"flags": {
\t\t"other": { "state": "ENABLED", "variants": { "a": 12345678901234567890 }, "defaultVariant": "a" },
\t\t"newTaxEngine": { "defaultVariant" : "on", "state": "ENABLED", "variants": { "on": true, "off": false } }
\t}
}
`;
const expected = text.replace('"defaultVariant" : "on"', '"defaultVariant" : "off"');

let versions: S3Version[];
const headers = {
  'content-type': 'application/json',
  'cache-control': 'no-cache',
  'x-amz-meta-owner': 'payments',
  'x-amz-server-side-encryption': 'aws:kms',
  'x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:eu-west-1:1:key/k',
};

function putByHand(content: string, over: Record<string, string> = {}): void {
  versions.push({
    key: 'flagd/shop.json',
    versionId: String(versions.length),
    body: Buffer.from(content),
    headers: { ...headers, ...over },
    isMarker: false,
    lockMode: undefined,
    retainUntil: undefined,
  });
}
function fresh() {
  const double = createS3({ bucket: 'shop-flags' });
  versions = double.versions;
  putByHand(text);
  return double;
}
const current = () => versions.at(-1) ?? expect.fail('no object');
const served = () => current().body.toString();
const withFlag = (flag: string) => () =>
  putByHand(text.replace('{ "defaultVariant" : "on", "state": "ENABLED", "variants": { "on": true, "off": false } }', flag));

actionContract({
  plugin: setFlag,
  config,
  params,
  calls: ['s3:PutObject'],
  beside: () => [fresh()],
  looksBy: ['GetObject'],
  isApplied: () => served() === expected,
  isUndone: () => served() === text,
  undo: { call: 's3:PutObject', moved: () => putByHand(expected.replace('{', '{ ')) },
  refusals: [
    { when: 'the flag is set already', arrange: () => putByHand(expected), reason: /is off already/ },
    { when: 'the flag is gone', arrange: () => putByHand('{"flags":{}}'), reason: /no flag newTaxEngine/ },
    {
      when: 'the flag is disabled',
      arrange: withFlag('{"state":"DISABLED","variants":{"on":1,"off":0},"defaultVariant":"on"}'),
      reason: /DISABLED/,
    },
    {
      when: 'the flag has no such variant',
      arrange: withFlag('{"state":"ENABLED","variants":{"on":true},"defaultVariant":"on"}'),
      reason: /no variant off; it has on/,
    },
    {
      when: 'the flag is targeted',
      arrange: withFlag('{"state":"ENABLED","variants":{"on":1,"off":0},"defaultVariant":"on","targeting":{"if":[]}}'),
      reason: /targeting rules/,
    },
    { when: 'the document is something else', arrange: () => putByHand('{"flags":[]}'), reason: /not one of flagd/ },
    { when: 'the document is no JSON', arrange: () => putByHand('flags: {}'), reason: /not JSON/ },
    { when: 'the object is packed', arrange: () => putByHand(text, { 'content-encoding': 'gzip' }), reason: /encoded as gzip/ },
    { when: 'the object has tags', arrange: () => putByHand(text, { 'x-amz-tagging-count': '2' }), reason: /has tags/ },
    { when: 'the object is huge', arrange: () => putByHand(text + ' '.repeat(1_048_576)), reason: /larger than 1048576 bytes/ },
  ],
});

describe('set-flag on S3', () => {
  let server: Awaited<ReturnType<typeof startEcsServer>>;
  beforeEach(async () => {
    server = await startEcsServer([fresh()]);
    return () => server.close();
  });
  const action = (over: object = config) => created(setFlag, depsOn(server), over);

  it('changes the one value, and keeps what lies beside the document', async () => {
    await action().execute(await planned(action(), params), effect);
    expect(served()).toBe(expected);
    expect(current().headers).toMatchObject(headers);
  });

  it('puts back the very document there was', async () => {
    const plan = await planned(action(), params);
    await action().execute(plan, effect);
    await action().undo?.(plan, effect);
    expect(current().body).toEqual(versions[0]?.body);
    expect(current().headers).toMatchObject(headers);
  });

  it('changes nothing when somebody wrote the document anew since the plan', async () => {
    const plan = await planned(action(), params);
    putByHand(text.replace('12345678901234567890', '5'));
    const outcome = await action().execute(plan, effect);
    expect(outcome).toMatchObject({ applied: 'no', detail: 's3://shop-flags/flagd/shop.json was changed since the plan' });
    expect(server.changes).toEqual([]);
  });

  it.each(['execute', 'undo'] as const)('loses a race after its last look to If-Match: %s', async (step) => {
    const plan = await planned(action(), params);
    if (step === 'undo') await action().execute(plan, effect);
    const racing = permitted({
      signal,
      permit: async () => {
        putByHand('{"flags":{}}');
        return { isValid: () => true };
      },
    });
    expect(await action()[step]?.(plan, racing)).toMatchObject({ applied: 'no', detail: expect.stringContaining('PreconditionFailed') });
    expect(served()).toBe('{"flags":{}}');
  });

  it('cannot tell what became of a change whose entry left the settings, and takes nothing back', async () => {
    const plan = await planned(action(), params);
    const later = action({ flags: [{ ...entry, name: 'something-else' }] });
    expect(await later.look(plan, signal)).toMatchObject({ applied: 'unknown' });
    expect(await later.lookUndone?.(plan, signal)).toMatchObject({ applied: 'unknown' });
    expect(await later.execute(plan, effect)).toMatchObject({ applied: 'no' });
    expect(await later.undo?.(plan, effect)).toMatchObject({ applied: 'no' });
    expect(later.rights?.(plan)).toEqual([]);
    expect(server.changes).toEqual([]);
  });

  it('does not count an object that is gone as a flag that is set', async () => {
    const plan = await planned(action(), params);
    versions.splice(0);
    expect(await action().look(plan, signal)).toMatchObject({ applied: 'unknown' });
    expect(await action().execute(plan, effect)).toMatchObject({ applied: 'no' });
    expect(await action().undo?.(plan, effect)).toMatchObject({ applied: 'no' });
  });

  it('counts every service that reads the flag', async () => {
    const shared = action({ flags: [{ ...entry, services: ['shop/cart', 'shop/checkout'] }] });
    expect((await planned(shared, params)).blastRadius).toEqual({ services: 2, tasks: 0, shareOfCapacity: 0 });
  });

  it('needs the right to write this one object', async () => {
    expect(action().rights?.(await planned(action(), params))).toEqual([
      { action: 's3:PutObject', resource: 'arn:aws:s3:::shop-flags/flagd/shop.json' },
    ]);
  });

  it('takes the first entry for cause and service', () => {
    const hypothesis: Hypothesis = {
      cause: 'dependency-fault',
      service: 'checkout',
      confidence: 1,
      evidence: [],
      because: [],
      refutedBy: '',
    };
    const proposed = created(setFlag, depsless, config);
    expect(proposed.cures).toEqual(['dependency-fault', 'all-tasks-degraded']);
    expect(proposed.propose(hypothesis, target, [], incidentBrief)).toEqual(params);
    const other = proposed.propose({ ...hypothesis, cause: 'overload' }, target, [], incidentBrief);
    expect(other).toMatchObject({ notPossible: expect.stringContaining('nothing for overload in shop/checkout') });
    expect(setFlag.create(setFlag.config.parse({}), depsless)).toBeUndefined();
  });
});

describe('what the settings of set-flag may name', () => {
  const accepts = (over: object) => setFlag.config.safeParse({ flags: [{ ...entry, ...over }] }).success;
  const appconfig = { kind: 'appconfig', application: 'app1234', environment: 'env1234', profile: 'prof123' };

  it.each([
    ['a truth value for flagd', { value: true }],
    ['a variant for AppConfig', { at: appconfig }],
    ['a pattern of flags', { flag: '*' }],
    ['a pattern of objects', { at: { ...entry.at, key: 'flags/*' } }],
    ['an object above its folder', { at: { ...entry.at, key: '../flags.json' } }],
    ['a bucket in the key', { at: { ...entry.at, bucket: 'shop/flags' } }],
    ['a name in the place of an id', { value: false, at: { ...appconfig, application: 'The Shop' } }],
    ['another kind of place', { at: { kind: 'file', path: '/etc/flags' } }],
  ])('is not %s', (_, over) => {
    expect(accepts({})).toBe(true);
    expect(accepts({ value: false, at: appconfig })).toBe(true);
    expect(accepts(over)).toBe(false);
  });
});
