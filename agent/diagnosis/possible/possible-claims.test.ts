import { describe, expect, it } from 'vitest';
import { EvidenceId } from '../../domain/ids.ts';
import { Case, now, onset } from '../../testing/diagnosis-case.ts';
import type { DiagnosisInput } from '../input.ts';
import { remedies } from '../rules/remedies.ts';
import { diagnosisSettingsSchema } from '../settings.ts';
import { isSameClaim, pickedClaim, possibleClaims } from './possible-claims.ts';

const settings = diagnosisSettingsSchema.parse({});

function inputOf(scene: Case, over: Partial<DiagnosisInput> = {}): DiagnosisInput {
  return {
    alert: { name: 'HighErrorRatio', resource: { cluster: 'shop', service: 'checkout' } },
    onset,
    now,
    recentSeconds: 120,
    facts: [...scene.facts.values()],
    sources: ['prometheus', 'ecs'].map((source) => ({ source, status: 'found', detail: '' })),
    ...over,
  };
}
const possible = (scene: Case, services = ['checkout'], over: Partial<DiagnosisInput> = {}) =>
  possibleClaims(inputOf(scene, over), settings, services);
const causesOf = (scene: Case, services?: string[]) => [...new Set(possible(scene, services).map(({ cause }) => cause))];
const deployed = () => new Case().deployed('checkout', 'checkout:2', -90);

describe('what could be the matter', () => {
  it('holds only causes that an action mends', () => {
    const causes = causesOf(deployed());
    expect(causes).toContain('bad-deployment');
    expect(causes.filter((cause) => remedies[cause].kind !== 'action')).toEqual([]);
  });

  it('names a task wherever the action takes one', () => {
    const tasks = possible(deployed()).filter(({ cause }) => cause === 'sick-task');
    expect(tasks.map(({ taskId }) => taskId)).toEqual(['checkout-0', 'checkout-1']);
    expect(possible(deployed()).filter(({ cause }) => cause === 'overload')).toEqual([{ cause: 'overload', service: 'checkout' }]);
  });

  it('leaves out what the audit holds against it: no release without a new revision, none that came afterwards', () => {
    expect(causesOf(new Case())).not.toContain('bad-deployment');
    expect(causesOf(new Case().deployed('checkout', 'checkout:2', 60))).not.toContain('bad-deployment');
  });

  it('is nothing while a deployment goes on, but the deployment itself', () => {
    expect(causesOf(new Case().deployed('checkout', 'checkout:2', -90, 'IN_PROGRESS'))).toEqual(['bad-deployment']);
  });

  it('keeps to the services it is given, and of those to the ones that are known and may be ill', () => {
    const failing = deployed().service('cart', { 'error-ratio': [0.2, 0] });
    const services = new Set(possible(failing, ['checkout', 'cart', 'payment', 'nobody']).map(({ service }) => service));
    expect([...services]).toEqual(['checkout', 'cart']);
    expect(possible(failing, [])).toEqual([]);
  });

  it('is nothing as long as evidence is missing', () => {
    const sources = [
      { source: 'prometheus', status: 'failed' as const, detail: 'timeout' },
      { source: 'ecs', status: 'found' as const, detail: '' },
    ];
    expect(possible(deployed(), ['checkout'], { sources })).toEqual([]);
  });

  it('is never longer than somebody would read', () => {
    const many = deployed();
    for (let index = 0; index < 40; index += 1) many.runs('checkout', `task-${index}`);
    const claims = possible(many);
    expect(claims.length).toBeLessThanOrEqual(60);
    expect(claims.filter(({ cause }) => cause === 'sick-task')).toHaveLength(10);
  });
});

it('gives what was picked a low confidence that nothing raises, and the words of the model as such', () => {
  const evidence = [EvidenceId.parse('evidence-1')];
  const picked = pickedClaim({ cause: 'overload', service: 'checkout' }, { reason: 'it is busy', evidence, model: 'a:b' });
  expect(picked).toMatchObject({ proposedBy: 'model', confidence: 0.3, atMost: 0.3, evidence });
  expect(picked.because).toEqual(['no rule found a cause; the model a:b proposes this one', "in the model's words: it is busy"]);
  expect(isSameClaim(picked, { cause: 'overload', service: 'checkout' })).toBe(true);
  expect(isSameClaim(picked, { cause: 'overload', service: 'checkout', taskId: 'checkout-0' })).toBe(false);
});
