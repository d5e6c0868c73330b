import { describe, expect, it } from 'vitest';
import type { Hypothesis } from '../../domain/cause.ts';
import type { ChangeFact, TaskDefinitionFact } from '../../domain/evidence.ts';
import { EvidenceId } from '../../domain/ids.ts';
import { at, Case } from '../../testing/diagnosis-case.ts';
import { diagnose } from '../diagnose.ts';
import { diagnosisSettingsSchema } from '../settings.ts';
import { auditChanges } from './audit-changes.ts';
import { withCommit } from './audit-commit.ts';

const settings = diagnosisSettingsSchema.parse({});
const guilty = 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334';
const innocent = '0f1e2d3c4b5a69788796a5b4c3d2e1f000112233';

/** Takes the retry and the timeout around the call to payment away. */
const harmfulDiff = `diff --git a/src/payment-client.ts b/src/payment-client.ts
--- a/src/payment-client.ts
+++ b/src/payment-client.ts
@@ -10,9 +10,5 @@
 export async function charge(order: Order) {
-  if (order.currency === undefined) {
-    throw new InvalidOrder('currency is missing');
-  }
-  const quote = await withTimeout(2000, () => quoteFor(order));
+  const quote = await quoteFor(order);
   return post('/charge', { amount: quote.amount, currency: order.currency.toUpperCase() });
 }
`;
const harmlessDiff = `diff --git a/README.md b/README.md
--- a/README.md
+++ b/README.md
@@ -1 +1 @@
-# Shop
+# The shop
`;

function change(more: Partial<ChangeFact>): ChangeFact {
  const t = Date.parse(at(-95)) / 1000;
  return { kind: 'change', changeKind: 'commit', t, service: 'checkout', sha: guilty, message: '', files: [], diff: '', url: '', ...more };
}
function built(service: string, taskDefinition: string, sha: string): TaskDefinitionFact {
  return { kind: 'task-definition', service, taskDefinition, registeredAt: at(-95), sha, containers: [] };
}
const harmful = change({ message: 'charge: drop the guard and the timeout', files: ['src/payment-client.ts'], diff: harmfulDiff });
const harmless = change({ sha: innocent, message: 'docs: a better title', files: ['README.md'], diff: harmlessDiff });

function brokenCheckout(): Case {
  return new Case()
    .deployed('checkout', 'checkout:2', -90)
    .service('checkout', { 'error-ratio': [0.35, 0] })
    .everyTask('checkout', { 'error-ratio': [0.35, 0] })
    .log('checkout', "TypeError: Cannot read properties of undefined (reading 'toUpperCase') at charge (src/payment-client.ts:12)", 40, 0);
}
function audited(scene: Case, service = 'checkout') {
  const input = scene.input(service);
  return auditChanges(diagnose(input, settings), input, settings);
}

it('cites the commit whose content fits the trouble of the release, and raises nothing', () => {
  const without = audited(brokenCheckout());
  const { diagnosis, notes } = audited(
    brokenCheckout()
      .add(harmful)
      .add(built('checkout', 'checkout:2', guilty)),
  );
  expect(diagnosis.ranked[0]).toMatchObject({ cause: 'bad-deployment', service: 'checkout', change: guilty });
  expect(diagnosis.ranked[0]?.confidence).toBe(without.diagnosis.ranked[0]?.confidence);
  expect(notes[0]).toContain(guilty.slice(0, 12));
});

it('holds a commit innocent that does not match, and says none', () => {
  const { diagnosis, notes } = audited(
    brokenCheckout()
      .add(harmless)
      .add(built('checkout', 'checkout:2', innocent)),
  );
  expect(diagnosis.ranked[0]).toMatchObject({ cause: 'bad-deployment', service: 'checkout' });
  expect(diagnosis.ranked[0]).not.toHaveProperty('change');
  expect(notes[0]).toBe('no change is blamed for its content (1 read)');
});

it('is less sure of a restart when a change of the same service fits', () => {
  const slow = () =>
    new Case()
      .service('checkout', { 'error-ratio': [0.35, 0] })
      .everyTask('checkout', { 'error-ratio': [0.35, 0] })
      .log(
        'checkout',
        "TypeError: Cannot read properties of undefined (reading 'toUpperCase') at charge (src/payment-client.ts:12)",
        40,
        0,
      );
  const restart = (scene: Case) => audited(scene).diagnosis.ranked.find(({ cause }) => cause === 'all-tasks-degraded')?.confidence ?? 0;
  const without = restart(slow());
  expect(without).toBeGreaterThanOrEqual(0.75);
  expect(restart(slow().add({ ...harmful, changeKind: 'config' }))).toBeLessThan(without - 0.05);
});

describe('a change of another service that fits better than the release', () => {
  const theirs = (kind: ChangeFact['changeKind']) => ({ ...harmful, service: 'payment', changeKind: kind });
  const alone = audited(brokenCheckout()).diagnosis.ranked[0]?.confidence ?? 0;

  it.each(['commit', 'deploy', 'config'] as const)('does not shield the release when only words say that it is out: %s', (kind) => {
    const [best] = audited(brokenCheckout().add(theirs(kind))).diagnosis.ranked;
    expect(best).toMatchObject({ cause: 'bad-deployment', service: 'checkout', confidence: alone });
  });

  it('makes the release less likely when ECS shows that it runs', () => {
    const scene = brokenCheckout()
      .deployed('payment', 'payment:2', -95)
      .add(built('payment', 'payment:2', guilty))
      .add(theirs('commit'));
    const [best] = audited(scene).diagnosis.ranked;
    expect(best).toMatchObject({ cause: 'bad-deployment', service: 'checkout' });
    expect(best?.confidence).toBeLessThan(alone);
  });
});

it('says nothing about changes when no source told of any', () => {
  expect(audited(brokenCheckout()).notes.join()).not.toMatch(/change|blamed/);
});

it('takes a commit message that accuses itself for words, not for guilt', () => {
  const accusing = change({
    sha: innocent,
    message: 'checkout broken by this commit: error 500, ROLL BACK',
    files: ['README.md'],
    diff: harmlessDiff,
  });
  expect(audited(brokenCheckout().add(accusing)).diagnosis.ranked[0]).not.toHaveProperty('change');
});

it('names no commit for a change that has none, and still tells what it changed', () => {
  const config = change({ ...harmful, sha: '', changeKind: 'config' });
  const { diagnosis, notes } = audited(brokenCheckout().add(config));
  expect(diagnosis.ranked[0]).not.toHaveProperty('change');
  expect(notes[0]).toMatch(/^(change checkout@\d+ fits|no change is blamed)/);
});

const restart: Hypothesis = {
  cause: 'all-tasks-degraded',
  service: 'cart',
  confidence: 0.9,
  evidence: [EvidenceId.parse('prometheus')],
  because: ['x'],
  refutedBy: 'y',
};
const found = {
  change: guilty,
  sha: guilty,
  services: new Set(['checkout']),
  running: new Set<string>(),
  confidence: 0.9,
  note: 'it fits',
  evidence: [],
};

it.each([
  ['it is not known where it came out', { ...found, services: new Set<string>() }],
  ['it is as likely innocent', { ...found, confidence: 0.5 }],
  ['none fits', { ...found, change: '', sha: '' }],
])('lowers nothing by a change when %s', (_, finding) => {
  expect(withCommit(restart, finding)).toEqual(restart);
});

it('lowers a restart by no more than a quarter of its odds, however sure the change', () => {
  expect(withCommit(restart, { ...found, confidence: 0.99 }).confidence).toBe(0.69);
});
