import { expect, it } from 'vitest';
import { Case, taskIds } from '../../testing/diagnosis-case.ts';
import { diagnose } from '../diagnose.ts';
import { diagnosisSettingsSchema } from '../settings.ts';

const settings = diagnosisSettingsSchema.parse({});
const refused = 'connect ECONNREFUSED 10.0.3.7:5432 (database)';

/** Traces know that cart calls the database, nobody measures it, and the database says nothing of itself. */
function failing(): Case {
  return new Case()
    .drop((fact) => fact.kind === 'call-signal' || ('service' in fact && fact.service === 'database'))
    .service('cart', { 'error-ratio': [0.4, 0] })
    .everyTask('cart', { 'error-ratio': [0.4, 0] })
    .add({
      kind: 'call-edge',
      caller: 'cart',
      callee: 'database',
      origin: 'configured',
      windowSeconds: 0,
      calls: null,
      errors: null,
      latencySeconds: null,
    });
}
function claim(scene: Case, alert = 'HighErrorRatio') {
  return diagnose(scene.input('cart', alert), settings).ranked.find(({ cause }) => cause === 'dependency-fault');
}

it('names a known dependency that the log lines of all tasks cannot reach, and cites them', () => {
  const found = claim(failing().log('cart', refused, 40, 0));
  expect(found).toMatchObject({ service: 'database', confidence: 0.45, evidence: ['logs'] });
});

it.each([
  [
    'the service does well',
    () =>
      failing()
        .service('cart', { 'error-ratio': [0, 0], 'in-flight': [30, 1] })
        .log('cart', refused, 40, 0),
  ],
  ['such lines came before as well', () => failing().log('cart', refused, 40, 30)],
  ['it is one line', () => failing().log('cart', refused, 1, 0)],
  ['it is no error', () => failing().log('cart', refused, 40, 0, taskIds('cart'), 'info')],
  ['it is another kind of error', () => failing().log('cart', 'unique constraint violated (database)', 40, 0)],
  [
    'two dependencies are accused',
    () =>
      failing()
        .log('cart', refused, 40, 0)
        .log('cart', 'ETIMEDOUT queue:9092', 40, 0)
        .add({ ...queue, caller: 'cart' }),
  ],
  [
    'the dependency answers well',
    () =>
      failing()
        .log('cart', refused, 40, 0)
        .call('cart', 'database', { 'error-ratio': [0, 0], 'latency-p95': [0.01, 0.01] }),
  ],
  ['nobody knows such a dependency', () => failing().log('cart', 'ECONNREFUSED payroll:443', 40, 0)],
])('names none when %s', (_, scene) => {
  expect(claim(scene())).toBeUndefined();
});
const queue = {
  kind: 'call-edge',
  callee: 'queue',
  origin: 'configured',
  windowSeconds: 0,
  calls: null,
  errors: null,
  latencySeconds: null,
} as const;
