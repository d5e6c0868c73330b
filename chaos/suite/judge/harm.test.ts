import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../crash/random.ts';
import { broken, brokenUntil, cluster, endSeconds, type Moment, well } from '../testing/facts.ts';
import type { ClusterFacts } from './facts.ts';
import { type HarmCase, harmOf } from './harm.ts';

type Course = (seconds: number) => Moment;

function harm(agent: Course, nobody: Course | null, more: Partial<HarmCase> = {}): string[] {
  return harmOf({
    agent: cluster('agent', agent),
    nobody: nobody && cluster('nobody', nobody),
    actedAt: { first: 10, last: 10 },
    feltAt: 'storefront',
    struck: ['checkout'],
    pace: 30,
    forgiven: 0,
    ...more,
  });
}

const between =
  (from: number, to: number, then: Moment, otherwise: Course): Course =>
  (at) =>
    at >= from && at < to ? then : otherwise(at);

describe('harm', () => {
  it('is none without a change, whatever befalls', () => {
    expect(harm(() => ({ failing: 1, running: 0 }), well, { actedAt: null })).toEqual([]);
  });

  it('is none where both fare alike, or the agent’s cluster fares better', () => {
    expect(harm(broken, broken)).toEqual([]);
    expect(harm(brokenUntil(14), broken)).toEqual([]);
    expect(harm(well, well)).toEqual([]);
  });

  it('is an outage the change made, though it is over at the end', () => {
    const [told = ''] = harm(between(10, 18, { failing: 1 }, well), well);
    expect(told).toMatch(/^(users|storefront) lost 8 s of service more/);
  });

  it('is no harm when a good change costs a moment and saves more', () => {
    expect(harm(between(10, 13, { failing: 1 }, brokenUntil(13)), broken)).toEqual([]);
  });

  it('is what makes a bad fault worse for the rest of the time', () => {
    expect(harm((at) => ({ failing: at < 10 ? 0.5 : 0.9 }), broken).join()).toContain('users lost');
  });

  it('is a neighbour that was fine', () => {
    const told = harm((at) => ({ ...brokenUntil(14)(at), neighbourFailing: at < 12 ? 0 : 0.4 }), broken);
    expect(told.join()).toContain('payment lost');
    expect(told.join()).not.toContain('users');
  });

  it('is capacity that is missing at the end, though nobody feels it', () => {
    expect(harm((at) => ({ running: at < 10 ? 2 : 1, isSteady: true }), well)).toEqual([
      'checkout is left with 1 tasks; 2 run where nobody did anything',
    ]);
  });

  it('is not capacity that is missing everywhere, or comes back', () => {
    expect(
      harm(
        () => ({ running: 1 }),
        () => ({ running: 1 }),
      ),
    ).toEqual([]);
    expect(harm((at) => ({ running: at < 10 || at > 16 ? 2 : 1 }), well)).toEqual([]);
  });

  it('is what lasts where it passed by itself elsewhere', () => {
    expect(harm(broken, brokenUntil(40)).join()).toContain('passed by itself');
    // The quiet half of what comes and goes is not its end.
    const comes: Course = (at) => (at % 24 < 12 ? broken() : well());
    expect(harm((at) => comes(at + 12), comes)).toEqual([]);
  });

  it('counts from the first change on: what was worse before is not its doing', () => {
    expect(
      harm(
        (at) => ({ failing: at < 10 ? 1 : 0.2 }),
        () => ({ failing: 0.2 }),
      ),
    ).toEqual([]);
    expect(
      harm(
        () => ({ failing: 0.6 }),
        () => ({ failing: 0.5 }),
      ),
    ).toEqual([]);
  });

  it('is forgiven for the time a try may take to be put back, not for longer', () => {
    const tried = (to: number) =>
      harm(
        between(10, to, { failing: 1 }, () => ({ failing: 0.2 })),
        () => ({ failing: 0.2 }),
        { forgiven: 390 },
      );
    expect(tried(22)).toEqual([]);
    expect(tried(40)).not.toEqual([]);
  });

  it('without a cluster to compare with is what is left of bystanders and of capacity', () => {
    expect(harm((at) => ({ ...broken(), neighbourFailing: at < 12 ? 0 : 0.6 }), null).join()).toContain('payment is left worse off');
    expect(harm((at) => ({ ...broken(), running: at < 10 ? 2 : 1 }), null).join()).toContain('checkout is left with 1 tasks');
    expect(harm((at) => ({ failing: at < 10 ? 0.3 : 1 }), null)).toEqual([]);
  });
});

describe('noise', () => {
  /** Answers of `asked` people of whom a share fails by chance, in outages that come and go with a phase of their own. */
  const noisy = (share: number, period: number, random: () => number): ClusterFacts => {
    const phase = random() * Math.max(1, period);
    const failing = (at: number) => {
      const isUp = period > 0 && (at + phase) % period < period / 2;
      const asked = 25;
      let failed = 0;
      for (let one = 0; one < asked; one += 1) if (random() < (isUp ? 0 : share)) failed += 1;
      return failed / asked;
    };
    return cluster('agent', (at) => ({ failing: failing(at), neighbourFailing: random() < 0.05 ? random() * 0.3 : 0 }));
  };

  it('of two clusters with the same fault is never called harm', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(0, 6, 10, 16),
        fc.integer(),
        fc.integer({ min: 2, max: 30 }),
        (share, period, seed, first) => {
          const { next: random } = createRandom(seed);
          const [agent, nobody] = [noisy(share, period, random), noisy(share, period, random)];
          const told = harmOf({ agent, nobody, actedAt: { first, last: first }, feltAt: 'storefront', struck: [], pace: 30, forgiven: 0 });
          expect(told).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('does not hide an outage of a quarter of all answers that lasts', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.5, noNaN: true }), fc.integer(), fc.integer({ min: 2, max: 30 }), (share, seed, first) => {
        const { next: random } = createRandom(seed);
        const nobody = noisy(share, 0, random);
        const worse = noisy(Math.min(1, share + 0.25), 0, random);
        const agent = { ...worse, looks: worse.looks.map((look, index) => (look.at < first ? (nobody.looks[index] ?? look) : look)) };
        const told = harmOf({ agent, nobody, actedAt: { first, last: first }, feltAt: 'storefront', struck: [], pace: 30, forgiven: 0 });
        expect(told.join()).toContain('users');
      }),
      { numRuns: 300 },
    );
  });
});

it('is not made by looks that ended early', () => {
  const short = cluster('agent', broken).looks.filter(({ at }) => at < 11);
  const agent = { ...cluster('agent', broken), looks: short };
  expect(short.length).toBeLessThan(endSeconds);
  expect(
    harmOf({
      agent,
      nobody: cluster('nobody', well),
      actedAt: { first: 10, last: 10 },
      feltAt: 'storefront',
      struck: [],
      pace: 30,
      forgiven: 0,
    }),
  ).toEqual([]);
});
