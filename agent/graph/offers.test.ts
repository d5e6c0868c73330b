/** Which action is taken of several, and why not another. */
import { describe, expect, it } from 'vitest';
import type { Cause, Hypothesis } from '../domain/cause.ts';
import { collectEvidence } from '../evidence/collect.ts';
import type { AgentOptions, TestAgent } from '../testing/agent.ts';
import { agentsOfTest } from '../testing/agents-of-test.ts';
import { badDeployment, badDeploymentCured, badDeploymentNotCured } from '../testing/scenes.ts';
import { createWorld, fakeAction, type Scene, type World } from '../testing/world.ts';
import type { NodeDependencies } from './dependencies.ts';
import { type Considered, chooseOffer } from './offers.ts';
import { initialState } from './state.ts';

const { start } = agentsOfTest();
const both = { 'roll-back-deployment': true, 'revert-commit': true };

/** Two actions cure a bad deployment; the first comes first. */
function twoActions(world: World, second: { cures: readonly Cause[] } = { cures: ['bad-deployment'] }) {
  return [
    fakeAction(world, { id: 'roll-back-deployment', cures: ['bad-deployment'], undoable: true }),
    fakeAction(world, { id: 'revert-commit', ...second, undoable: true }),
  ];
}

async function healed(scene: Scene, options: (world: World) => Partial<AgentOptions>) {
  const world = createWorld(scene);
  const agent = await start(world, options(world));
  const incident = await agent.closed(await agent.alert('checkout'));
  return {
    agent,
    incident,
    made: world.effects.map(({ by, step }) => `${step} ${by}`),
    considered: await consideredBy(agent, incident.id),
  };
}

/** What each decision looked at, one list a round. */
async function consideredBy({ trail }: TestAgent, incidentId: string): Promise<Considered[][]> {
  const rows = await trail.list({ incidentId: incidentId as never, limit: 1000 });
  return rows.filter(({ event }) => event === 'verdict').map(({ detail }) => detail.considered as Considered[]);
}

it('takes the first action that may be taken, and looks at no other', async () => {
  const { made, considered } = await healed(badDeploymentCured, (world) => ({ catalog: twoActions(world), policy: { flags: both } }));
  expect(made).toEqual(['execute roll-back-deployment']);
  expect(considered).toEqual([[expect.objectContaining({ action: 'roll-back-deployment', became: 'allowed' })]]);
});

it('passes over an action that is switched off, and says so', async () => {
  const { made, considered } = await healed(badDeploymentCured, (world) => ({
    catalog: twoActions(world),
    policy: { flags: { 'revert-commit': true } },
  }));
  expect(made).toEqual(['execute revert-commit']);
  expect(considered[0]).toMatchObject([
    { action: 'roll-back-deployment', became: 'switched-off', reason: expect.stringContaining('feature-flag') },
    { action: 'revert-commit', became: 'allowed', cause: 'bad-deployment', service: 'checkout' },
  ]);
});

it('passes over an action whose own conditions do not hold, and says so', async () => {
  const { made, considered } = await healed(badDeploymentCured, (world) => {
    const [rollBack, ...others] = twoActions(world);
    if (!rollBack) throw new Error('no roll-back');
    const impossible = { ...rollBack, plan: async () => ({ notPossible: 'no revision ever completed' }) };
    return { catalog: [impossible, ...others], policy: { flags: both } };
  });
  expect(made).toEqual(['execute revert-commit']);
  expect(considered[0]?.[0]).toMatchObject({ became: 'not-possible', reason: 'no revision ever completed' });
});

it('does not look for a softer gate: what policy refuses is refused, though another action would be allowed', async () => {
  const { made, considered, incident } = await healed(badDeployment, (world) => ({
    catalog: twoActions(world),
    policy: { flags: both, autonomy: { default: 'auto', byAction: { 'roll-back-deployment': 'observe' } } },
  }));
  expect(made).toEqual([]);
  expect(incident).toMatchObject({
    outcome: 'escalated',
    outcomeReason: expect.stringMatching(/roll-back-deployment is not allowed: autonomy/),
  });
  expect(considered).toEqual([[expect.objectContaining({ action: 'roll-back-deployment', became: 'refused' })]]);
});

it('hands over with the plan of what is switched off, when nothing else is left', async () => {
  const { incident, agent } = await healed(badDeployment, (world) => ({ catalog: twoActions(world), policy: { flags: {} } }));
  expect(incident.outcomeReason).toMatch(/roll-back-deployment: feature-flag: .*; revert-commit: feature-flag: .*; for a person: go back/);
  expect((await agent.state(incident)).decided).toMatchObject({ kind: 'escalate', plan: { action: 'roll-back-deployment' } });
});

it('takes another action when the first one did not help and was put back', async () => {
  const { made, considered, incident } = await healed(badDeploymentNotCured, (world) => ({
    catalog: twoActions(world, { cures: ['all-tasks-degraded'] }),
    policy: { flags: both, confidence: { default: 0.3, byAction: {} } },
  }));
  expect(made.slice(0, 3)).toEqual(['execute roll-back-deployment', 'undo roll-back-deployment', 'execute revert-commit']);
  expect(considered[1]).toMatchObject([
    { action: 'roll-back-deployment', became: 'already-tried' },
    { action: 'revert-commit', became: 'allowed' },
  ]);
  expect(incident.outcome).toBe('escalated');
});

it('makes at most two changes in one incident', async () => {
  const cures = ['bad-deployment', 'all-tasks-degraded'] as const;
  const { made, considered, incident } = await healed(badDeploymentNotCured, (world) => ({
    catalog: ['roll-back-deployment', 'revert-commit', 'set-flag'].map((id) => fakeAction(world, { id, cures, undoable: true })),
    policy: { flags: { ...both, 'set-flag': true }, confidence: { default: 0.3, byAction: {} } },
  }));
  expect(made.filter((step) => step.startsWith('execute'))).toEqual(['execute roll-back-deployment', 'execute revert-commit']);
  expect(considered.at(-1)).toMatchObject([
    { action: 'roll-back-deployment', became: 'already-tried' },
    { action: 'revert-commit', became: 'already-tried' },
    { action: 'set-flag', became: 'refused', reason: expect.stringContaining('incident-changes') },
  ]);
  expect(incident.outcomeReason).toContain('incident-changes');
});

describe('of several hypotheses', () => {
  /** What is chosen for `checkout` between a bad deployment and a second cause. */
  async function chosen(
    second: Partial<Hypothesis>,
    options: (world: World) => Partial<AgentOptions>,
    tried: string[] = [],
    first: Partial<Hypothesis> = {},
  ) {
    const world = createWorld(badDeployment);
    let deps: NodeDependencies | undefined;
    const agent = await start(world, {
      ...options(world),
      // The incident is left to the test.
      letPass: () => new Promise(() => undefined),
      deps: (given) => {
        deps = given;
        return given;
      },
    });
    const incident = await agent.alert('checkout');
    if (!deps) throw new Error('no dependencies');
    const { signal } = new AbortController();
    const question = {
      cluster: 'shop',
      focus: ['checkout'],
      onset: new Date(0),
      now: agent.clock.now(),
      recentSeconds: 1,
      baselineSeconds: 1,
    };
    const look = { deadlineMs: 1000, clock: agent.clock, newId: () => crypto.randomUUID(), signal };
    const evidence = await collectEvidence(world.sources, question, look);
    const ids = evidence.map(({ id }) => id);
    const common = { service: 'checkout', evidence: ids, because: [], refutedBy: '' };
    const ranked: Hypothesis[] = [
      { ...common, cause: 'bad-deployment', confidence: 0.9, ...first },
      { ...common, cause: 'all-tasks-degraded', confidence: 0.8, ...second },
    ];
    const state = { ...initialState(incident.id), evidenceIds: ids, tried };
    const choice = { deps: { ...deps, evidence: { ...deps.evidence, get: async () => evidence } }, incident, state, signal };
    return chooseOffer(choice, ranked, async () => null);
  }
  const forTheSecond = (world: World): Partial<AgentOptions> => ({
    catalog: twoActions(world, { cures: ['all-tasks-degraded'] }),
    policy: { flags: { 'revert-commit': true } },
  });

  it('acts on the next when nothing may be done about the first and it is sure enough by itself', async () => {
    const { answer, considered } = await chosen({}, forTheSecond);
    expect(answer).toMatchObject({ kind: 'change', plan: { action: 'revert-commit' }, hypothesis: { cause: 'all-tasks-degraded' } });
    expect(considered.map(({ cause, became }) => [cause, became])).toEqual([
      ['bad-deployment', 'switched-off'],
      ['all-tasks-degraded', 'allowed'],
    ]);
  });

  it('leaves the next alone when it is too unsure, and hands over the first', async () => {
    const { answer, considered } = await chosen({ confidence: 0.69 }, forTheSecond);
    expect(answer).toMatchObject({ kind: 'escalate', plan: { action: 'roll-back-deployment' }, hypothesis: { cause: 'bad-deployment' } });
    expect(considered).toHaveLength(1);
  });

  it('leaves the next alone when a model doubts the first, which has no action left for what remains of it', async () => {
    const doubt = { stance: 'doubts' as const, reason: 'x', evidence: [], model: 'm', before: 0.9 };
    const doubted = await chosen({}, forTheSecond, [], { confidence: 0.1, secondOpinion: doubt });
    expect(doubted.answer).toMatchObject({ kind: 'escalate', hypothesis: { cause: 'bad-deployment' } });
    expect(doubted.considered.map(({ action }) => action)).toEqual(['roll-back-deployment']);
    const agreed = await chosen({}, forTheSecond, [], { secondOpinion: { ...doubt, stance: 'agrees' } });
    expect(agreed.answer).toMatchObject({ kind: 'change', hypothesis: { cause: 'all-tasks-degraded' } });
  });

  it('leaves the next alone when the first is for a person', async () => {
    const onlyForTheSecond = (world: World) => ({
      ...forTheSecond(world),
      catalog: twoActions(world, { cures: ['all-tasks-degraded'] }).slice(1),
    });
    const { answer, considered } = await chosen({}, onlyForTheSecond);
    expect(answer).toMatchObject({
      kind: 'escalate',
      plan: null,
      reason: expect.stringContaining('no action of the catalogue cures bad-deployment'),
    });
    expect(considered).toEqual([]);
  });

  it('offers no action again under another name of the cause', async () => {
    const cures = ['bad-deployment', 'all-tasks-degraded'] as const;
    const rollBackOnly = (world: World) => ({
      catalog: [fakeAction(world, { id: 'roll-back-deployment', cures })],
      policy: { flags: both },
    });
    const { answer, considered } = await chosen({}, rollBackOnly, ['roll-back-deployment ecs:shop/checkout']);
    expect(answer.kind).toBe('escalate');
    expect(considered.map(({ cause, became }) => [cause, became])).toEqual([
      ['bad-deployment', 'already-tried'],
      ['all-tasks-degraded', 'already-tried'],
    ]);
  });

  it('offers an action again for another task', async () => {
    const stop = (world: World) => ({
      catalog: [fakeAction(world, { id: 'stop-task', cures: ['bad-deployment', 'sick-task'] })],
      policy: { flags: { 'stop-task': true } },
    });
    const { answer } = await chosen({ cause: 'sick-task', taskId: 'b' }, stop, [
      'stop-task ecs:shop/checkout',
      'stop-task ecs:shop/checkout a',
    ]);
    expect(answer).toMatchObject({ kind: 'change', hypothesis: { taskId: 'b' } });
  });
});

describe('an action that only tells', () => {
  const catalog = (world: World, cures: readonly Cause[]) => [
    ...twoActions(world, { cures: ['all-tasks-degraded'] }),
    fakeAction(world, { id: 'open-issue', cures, purpose: 'tell' }),
  ];
  const withIssues = { ...both, 'open-issue': true };

  it('is not taken where something is mended', async () => {
    const { made, incident } = await healed(badDeploymentCured, (world) => ({
      catalog: catalog(world, ['bad-deployment']),
      policy: { flags: withIssues },
    }));
    expect(made).toEqual(['execute roll-back-deployment']);
    expect(incident.outcome).toBe('fixed');
  });

  it('is taken once where nothing is mended, verified by nobody, and the incident is handed over with the reason', async () => {
    const { made, incident, agent, considered } = await healed(badDeployment, (world) => ({
      catalog: catalog(world, ['bad-deployment']),
      policy: { flags: { 'open-issue': true } },
    }));
    expect(made).toEqual(['execute open-issue']);
    expect(considered.flat().map(({ action, became }) => [action, became])).toEqual([
      ['roll-back-deployment', 'switched-off'],
      ['open-issue', 'allowed'],
    ]);
    expect(incident).toMatchObject({
      outcome: 'escalated',
      outcomeReason: expect.stringMatching(/feature-flag: .*open-issue of checkout: execute/),
    });
    expect((await agent.timeline(incident)).some(({ event }) => event === 'verification')).toBe(false);
  });

  it('is not taken when policy does not allow it', async () => {
    const { made, incident, considered } = await healed(badDeployment, (world) => ({
      catalog: catalog(world, ['bad-deployment']),
      policy: { flags: {} },
    }));
    expect(made).toEqual([]);
    expect(considered.flat().at(-1)).toMatchObject({ action: 'open-issue', became: 'switched-off' });
    expect(incident.outcome).toBe('escalated');
  });
});

it('does nothing and looks again when settings took the action out of the catalogue after it was decided on', async () => {
  const world = createWorld(badDeployment);
  const catalog = twoActions(world);
  const agent = await start(world, {
    catalog,
    policy: { flags: both },
    deps: (deps) => ({
      ...deps,
      catalog,
      trail: {
        ...deps.trail,
        async append(entry, fence) {
          await deps.trail.append(entry, fence);
          if (entry.event === 'verdict') catalog.splice(0);
        },
      },
    }),
  });
  const incident = await agent.closed(await agent.alert('checkout'));
  expect(world.effects).toEqual([]);
  expect(incident.outcome).toBe('escalated');
  expect((await agent.timeline(incident)).filter(({ event }) => event === 'diagnosis').length).toBeGreaterThan(1);
  expect((await agent.timeline(incident)).some(({ event }) => event === 'run-failed')).toBe(false);
});
