import { describe, expect, it } from 'vitest';
import { freshInnocent } from '../change/fixtures/fresh-innocent.ts';
import { guiltyA } from '../change/fixtures/guilty-a.ts';
import { guiltyB } from '../change/fixtures/guilty-b.ts';
import { heldOutInnocent } from '../change/fixtures/held-out-innocent.ts';
import { innocentA } from '../change/fixtures/innocent-a.ts';
import { lastLook } from '../change/fixtures/last-look.ts';
import { caseOf, type Scene } from '../change/fixtures/scene.ts';
import { secondLook } from '../change/fixtures/second-look.ts';
import { operationalCause } from './operational-cause.ts';

const [surge] = innocentA.filter(({ id }) => id === 'on-the-front-page');
const known = [...innocentA, ...heldOutInnocent, ...freshInnocent, ...lastLook, ...secondLook].filter(
  (scene): scene is Scene & { cause: string } => scene.cause !== undefined,
);

describe('what is wrong when no change is guilty', () => {
  it.each(known.map((scene) => [scene.cause, scene.id, scene] as const))('names %s: %s', (cause, _, scene) => {
    const found = operationalCause(caseOf(scene));
    expect(found?.cause).toBe(cause);
    expect(found?.evidence.length).toBeGreaterThan(0);
    expect(found?.refutedBy).not.toBe('');
    expect(found?.confidence).toBeLessThan(1);
  });

  it.each([...guiltyA, ...guiltyB].map((scene) => [scene.id, scene] as const))(
    'claims nothing sure where a change did it: %s',
    (_, scene) => {
      expect(operationalCause(caseOf(scene))?.confidence ?? 0).toBeLessThan(0.8);
    },
  );

  it('sees no surge where only an inner node gets more requests: somebody inside sends them', () => {
    if (!surge) throw new Error('the scene is gone');
    const inner = { ...surge, metrics: (surge.metrics ?? []).filter(([node, metric]) => node !== 'site' || metric !== 'requests_per_sec') };
    const calm: Scene = { ...inner, metrics: [...inner.metrics, ['site', 'requests_per_sec', 400, 404]] };
    expect(operationalCause(caseOf(calm))?.cause).not.toBe('traffic-surge');
  });

  it('sees no surge when the requests rise long after the trouble began', () => {
    if (!surge) throw new Error('the scene is gone');
    const given = caseOf(surge);
    const late = { ...given, metrics: given.metrics.map((series) => ({ ...series, t: series.t.map((t) => t + 1200) })) };
    expect(operationalCause(late)?.cause).not.toBe('traffic-surge');
  });

  it('sees no surge in what the same node shows every now and then', () => {
    if (!surge) throw new Error('the scene is gone');
    const given = caseOf(surge);
    const bursts = given.metrics.map((series) => ({
      ...series,
      v: series.v.map((value, row) => (row % 8 === 0 && /requests/.test(series.metric) ? 20_000 : value)),
    }));
    expect(operationalCause({ ...given, metrics: bursts })?.cause).not.toBe('traffic-surge');
  });

  it('sees a validity that runs out in a metric alone', () => {
    const scene: Scene = {
      id: 'silent',
      alert: ['till', 'error_ratio', 'till errors'],
      metrics: [
        ['till', 'error_ratio', 0.001, 0.9],
        ['till', 'tls_certificate_days_remaining', 30, 0, 5400],
      ],
      commits: [],
      answer: 'none',
    };
    expect(operationalCause(caseOf(scene))).toMatchObject({ cause: 'expired-certificate', action: 'rotate-certificate' });
  });

  it('claims nothing of a quiet case', () => {
    expect(
      operationalCause(caseOf({ id: 'quiet', alert: ['till', 'latency', 'p99 above 1 s'], commits: [], answer: 'none' })),
    ).toBeUndefined();
  });
});
