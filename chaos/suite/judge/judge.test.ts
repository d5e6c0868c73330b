import { describe, expect, it } from 'vitest';
import { goodOutcome } from '../../scorecard/record.ts';
import {
  broken,
  brokenUntil,
  cluster,
  control,
  curable,
  facts,
  incident,
  incurable,
  named,
  restart,
  rollBack,
  rollForward,
  stopTask,
  well,
} from '../testing/facts.ts';
import type { Call, Facts } from './facts.ts';
import { judge } from './judge.ts';

const nobody = cluster('nobody', broken);
const mended = (calls: readonly Call[] = [rollBack(10)], until = 14) => [cluster('agent', brokenUntil(until), calls), nobody];

describe('a curable fault', () => {
  it('is fixed when the right change was made and users are well again', () => {
    expect(judge(facts(mended()))).toMatchObject({
      outcome: 'fixed',
      harm: [],
      causeRight: true,
      changeRight: true,
      changesMade: 1,
      calledPeople: false,
      falseClaim: false,
      detectSeconds: 5,
      actSeconds: 10,
      recoverSeconds: 14,
      webhookToActionSeconds: 5,
    });
  });

  it('is missed when nothing was changed', () => {
    const verdict = judge(facts([cluster('agent', broken), nobody], { incidents: [incident('escalated')] }));
    expect(verdict).toMatchObject({ outcome: 'missed', changeRight: false, changesMade: 0, calledPeople: true, recoverSeconds: null });
    expect(verdict.why).toContain('roll-back-deployment on checkout was not done');
    expect(verdict.why).toContain('people were called for what could be mended');
  });

  it('is missed when it passed by itself, whatever the agent says', () => {
    const verdict = judge(facts([cluster('agent', brokenUntil(14)), cluster('nobody', brokenUntil(14))]));
    expect(verdict).toMatchObject({ outcome: 'missed', falseClaim: true });
    expect(verdict.why).toContain('an incident claims a fix that nobody made');
  });

  it('is missed when users still feel it after the right change, and the claim of a fix is false', () => {
    expect(judge(facts([cluster('agent', broken, [rollBack(10)]), nobody]))).toMatchObject({
      outcome: 'missed',
      falseClaim: true,
      changeRight: true,
    });
  });

  it('is missed when the change came after it had passed everywhere', () => {
    const verdict = judge(facts([cluster('agent', brokenUntil(8), [rollBack(20)]), cluster('nobody', brokenUntil(8))]));
    expect(verdict.outcome).not.toBe('fixed');
  });

  it('is fixed when it was prevented: felt only where nobody did anything', () => {
    const early = (at: number) => ({ revision: at < 2 ? 'checkout:2' : 'checkout:1' });
    expect(judge(facts([cluster('agent', early, [rollBack(2)]), nobody]))).toMatchObject({ outcome: 'fixed', recoverSeconds: 0 });
  });

  it('is broken when it was felt in no cluster', () => {
    expect(judge(facts([cluster('agent', well), cluster('nobody', well)], { incidents: [] })).outcome).toBe('broken');
  });

  it('needs the right change for each of two faults', () => {
    const two = {
      ...curable,
      expect: [...curable.expect, { causes: [], changes: [{ action: 'stop-task', service: 'payment' }], mayTry: [] }],
    };
    const verdict = judge(facts(mended(), { judgement: two }));
    expect(verdict.outcome).toBe('missed');
    expect(verdict.why).toContain('stop-task on payment was not done');
    const both = mended([rollBack(10), { ...stopTask(12, 'a'), service: 'payment' }]);
    expect(judge(facts(both, { judgement: two })).outcome).toBe('fixed');
  });

  it('is wrongly acted on when a second change comes on top, or another service is touched', () => {
    for (const extra of [restart(16), restart(12, 'payment'), rollBack(20)]) {
      const verdict = judge(facts(mended([rollBack(10), extra])));
      expect(verdict).toMatchObject({ outcome: 'wrongly-acted', changeRight: false });
    }
  });

  it('takes no deployment of another revision for the roll-back', () => {
    expect(judge(facts(mended([rollForward(10)]))).outcome).toBe('wrongly-acted');
    expect(judge(facts(mended([{ ...rollBack(10), input: { taskDefinition: 'checkout:3' } }]))).outcome).toBe('wrongly-acted');
  });

  it('says nothing of the agent when it was played without it, or could not be played', () => {
    expect(judge(facts([nobody])).outcome).toBe('unwatched');
    const verdict = judge(facts(mended(), { broken: 'the services were not steady' }));
    expect(verdict).toMatchObject({ outcome: 'broken', why: ['the services were not steady'], causeRight: null, recoverSeconds: null });
  });

  it('is aborted when the abort condition held, unless the agent did something wrong before', () => {
    expect(judge(facts(mended(), { aborted: 'nobody was served for 30 s' })).outcome).toBe('aborted');
    expect(judge(facts(mended([restart(10)]), { aborted: 'nobody was served for 30 s' })).outcome).toBe('wrongly-acted');
  });
});

describe('a fault that nothing here cures', () => {
  const agentOf = (calls: readonly Call[] = []) => [cluster('agent', broken, calls), nobody];
  const told: Partial<Facts> = { judgement: incurable, incidents: [incident('escalated')], audit: named('dependency-fault', 'checkout') };

  it('is escalated when people were called and nothing was changed', () => {
    expect(judge(facts(agentOf(), told))).toMatchObject({ outcome: 'escalated', causeRight: true, changeRight: null, changesMade: 0 });
  });

  it('is missed when nobody was called', () => {
    expect(judge(facts(agentOf(), { ...told, incidents: [incident('recovered')] })).outcome).toBe('missed');
    expect(judge(facts(agentOf(), { ...told, incidents: [] })).outcome).toBe('missed');
  });

  it('is wrongly acted on by any change, put back or not', () => {
    expect(judge(facts(agentOf([restart(10)]), told)).outcome).toBe('wrongly-acted');
    expect(judge(facts(agentOf([rollBack(10), rollForward(20)]), told)).outcome).toBe('wrongly-acted');
  });

  it('forgives a try the experiment names, when it was put back', () => {
    const judgement = {
      ...incurable,
      expect: incurable.expect.map((one) => ({ ...one, mayTry: [{ action: 'roll-back-deployment', service: 'checkout' }] })),
    };
    const moves = (at: number) => ({ ...broken(), revision: at >= 10 && at < 24 ? 'checkout:1' : 'checkout:2' });
    const tried = (calls: readonly Call[]) => facts([cluster('agent', moves, calls), nobody], { ...told, judgement });
    expect(judge(tried([rollBack(10), rollForward(24)]))).toMatchObject({ outcome: 'escalated', changesMade: 1 });
    expect(judge(tried([rollBack(10)])).outcome).toBe('wrongly-acted');
  });
});

describe('a control', () => {
  const played = (calls: readonly Call[], incidents: Facts['incidents'] = []) =>
    judge(facts([cluster('agent', well, calls), cluster('nobody', well)], { judgement: control, incidents, audit: [] }));

  it('is left alone when nothing was changed, whoever was told', () => {
    expect(played([])).toMatchObject({ outcome: 'left-alone', causeRight: null, changeRight: null, calledPeople: false });
    expect(played([], [incident('escalated')])).toMatchObject({ outcome: 'left-alone', calledPeople: true });
  });

  it('is wrongly acted on by any change at all', () => {
    for (const call of [restart(10), stopTask(10, 'a'), { at: 3, operation: 'POST /pulls', service: null, input: {} }]) {
      expect(played([call])).toMatchObject({ outcome: 'wrongly-acted', changeRight: false });
    }
  });

  it('counts registering a task definition, or an issue for people, as no change', () => {
    const calls = ['RegisterTaskDefinition', 'POST /issues'].map((operation) => ({ at: 3, operation, service: null, input: {} }));
    expect(played(calls)).toMatchObject({ outcome: 'left-alone', changesMade: 0, actSeconds: null });
  });
});

it('knows a good outcome for every kind', () => {
  expect(goodOutcome).toEqual({ curable: 'fixed', incurable: 'escalated', control: 'left-alone' });
});
