/** What must hold of every verdict, whatever was played. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { IncidentView } from '../../../agent/api/contract.ts';
import type { Judgement } from '../format/schema.ts';
import { broken, cluster, control, curable, facts, incident, incurable, type Moment, named, rollBack, well } from '../testing/facts.ts';
import type { Call, Facts } from './facts.ts';
import { judge } from './judge.ts';

const Course = fc.array(
  fc.record({
    failing: fc.constantFrom(0, 0, 0.02, 0.5, 1),
    neighbourFailing: fc.constantFrom(0, 0, 0.5),
    running: fc.constantFrom(2, 2, 1, 0),
    revision: fc.constantFrom('checkout:1', 'checkout:2'),
    isSteady: fc.constantFrom(undefined, undefined, true, false, null),
  }),
  { minLength: 1, maxLength: 6 },
);

/** Each moment of a course lasts ten seconds, the last one to the end. */
const played = (course: readonly Moment[]) => (at: number) => course[Math.min(course.length - 1, Math.floor(at / 10))] ?? {};

const ACall = fc.record({
  at: fc.integer({ min: -3, max: 60 }),
  operation: fc.constantFrom(
    'UpdateService',
    'StopTask',
    'StopServiceDeployment',
    'StartDeployment',
    'DELETE /experiments',
    'PUT /pulls/3/merge',
    'Unheard',
  ),
  service: fc.constantFrom('checkout', 'payment', null),
  input: fc.oneof(
    fc.record({ taskDefinition: fc.constantFrom('checkout:1', 'checkout:2', 'checkout:9') }),
    fc.record({ forceNewDeployment: fc.constant(true) }),
    fc.record({ desiredCount: fc.integer({ min: 0, max: 5 }) }),
    fc.record({ task: fc.string() }),
  ),
}) satisfies fc.Arbitrary<Call>;

const Incidents = fc.array(fc.constantFrom<IncidentView['outcome'][]>('fixed', 'recovered', 'escalated', 'no-fault', 'declined', null), {
  maxLength: 3,
});

interface AnyWorld {
  agent: readonly Moment[];
  nobody: readonly Moment[] | null;
  calls: readonly Call[];
  outcomes: readonly IncidentView['outcome'][];
  judgement: Judgement;
  claims: readonly (readonly [string, string])[];
  aborted: string | null;
}

const World: fc.Arbitrary<AnyWorld> = fc.record({
  agent: Course,
  nobody: fc.option(Course),
  calls: fc.array(ACall, { maxLength: 4 }),
  outcomes: Incidents,
  judgement: fc.constantFrom(curable, incurable, control),
  claims: fc.array(fc.tuple(fc.constantFrom('bad-deployment', 'dependency-fault', 'overload'), fc.constantFrom('checkout', 'payment')), {
    maxLength: 3,
  }),
  aborted: fc.constantFrom(null, null, 'nobody was served'),
});

const Likely: fc.Arbitrary<AnyWorld> = fc
  .tuple(World, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 2, max: 45 }), fc.boolean())
  .map(([world, tens, at, hasExtra]) => ({
    ...world,
    agent: [...Array.from({ length: tens }, () => broken()), well()],
    nobody: [broken()],
    calls: [rollBack(at), ...(hasExtra ? world.calls.slice(0, 1) : [])],
    judgement: curable,
  }));

function factsOf(world: AnyWorld): Facts {
  const calls = world.calls.toSorted((one, other) => one.at - other.at);
  const clusters = [cluster('agent', played(world.agent), calls), ...(world.nobody ? [cluster('nobody', played(world.nobody))] : [])];
  return facts(clusters, {
    judgement: world.judgement,
    incidents: world.outcomes.map((outcome, index) => incident(outcome, `incident-${index}`)),
    audit: world.claims.flatMap(([cause, service], index) => named(cause, service, `incident-${index}`)),
    aborted: world.aborted,
  });
}

/** Half of the worlds are any, half are a release that somebody may have taken back in time. */
const holds = (check: (given: Facts) => void, prepare = (given: Facts): Facts => given) =>
  fc.assert(
    fc.property(fc.oneof(World, Likely), (world) => {
      check(prepare(factsOf(world)));
    }),
    { numRuns: 300 },
  );

it('an agent that does nothing never fixed, never harmed and never acted wrongly', () => {
  holds(
    (given) => expect(['fixed', 'harmed', 'wrongly-acted']).not.toContain(judge(given).outcome),
    (given) => ({ ...given, clusters: given.clusters.map((one) => ({ ...one, calls: [] })) }),
  );
});

it('a change in a control is never left-alone', () => {
  holds((given) => {
    const { outcome } = judge({ ...given, judgement: control });
    const calls = given.clusters.find(({ caretaker }) => caretaker === 'agent')?.calls ?? [];
    if (calls.length > 0) expect(outcome).not.toBe('left-alone');
  });
});

it('each kind knows its own outcomes only', () => {
  const own = { curable: 'fixed', incurable: 'escalated', control: 'left-alone' };
  holds((given) => {
    const foreign = Object.values(own).filter((outcome) => outcome !== own[given.judgement.kind]);
    expect(foreign).not.toContain(judge(given).outcome);
  });
});

it('fixed means the right change, users well at the end and no harm', () => {
  let fixed = 0;
  holds((given) => {
    const verdict = judge(given);
    if (verdict.outcome !== 'fixed') return;
    fixed += 1;
    expect(verdict).toMatchObject({ changeRight: true, harm: [] });
    expect(verdict.recoverSeconds).not.toBeNull();
    expect(given.clusters[0]?.looks.at(-1)?.isSteady).not.toBe(false);
  });
  expect(fixed).toBeGreaterThan(0);
});

it('whoever has harm to tell of harmed, and what harmed says whom', () => {
  holds((given) => {
    const { outcome, harm } = judge(given);
    expect(outcome === 'harmed').toBe(harm.length > 0);
  });
});

it('the agent’s word alone changes no outcome of a curable fault or a control', () => {
  holds((given) => {
    if (given.judgement.kind === 'incurable') return;
    const silent = { ...given, incidents: [], audit: [] };
    expect(judge(given).outcome).toBe(judge(silent).outcome);
  });
});

it('every outcome has a reason', () => {
  holds((given) => {
    expect(judge(given).why.length).toBeGreaterThan(0);
  });
});
