import { globSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cluster, type Moment, restart, rollBack, rollForward, stopTask } from '../testing/facts.ts';
import type { Call } from './facts.ts';
import { changesMade, knownActions, weighCalls } from './weigh-calls.ts';

const wanted = (action: string, service = 'checkout') => [{ causes: [], changes: [{ action, service }], mayTry: [] }];

/** `revision` is what checkout runs at each moment; a bad release is there from the start. */
function usesOf(calls: readonly Call[], action: string, revision: (at: number) => string = () => 'checkout:2'): string[] {
  const course = (at: number): Moment => ({ revision: revision(at) });
  return weighCalls(cluster('agent', course, calls), wanted(action)).map(({ use }) => use);
}

const scale = (at: number, desiredCount: number): Call => ({
  at,
  operation: 'UpdateService',
  service: 'checkout',
  input: { service: 'checkout', desiredCount },
});
const call = (operation: string, service: string | null = null, input = {}): Call => ({ at: 10, operation, service, input });

describe('a call', () => {
  it.each<[string, Call]>([
    ['roll-back-deployment', rollBack(10)],
    ['roll-back-deployment', call('StopServiceDeployment', 'checkout')],
    ['stop-deployment', call('StopServiceDeployment', 'checkout')],
    ['force-new-deployment', restart(10)],
    ['force-new-deployment', { ...restart(10), input: { forceNewDeployment: true, taskDefinition: 'checkout:2' } }],
    ['raise-task-memory', { ...rollBack(10), input: { taskDefinition: 'checkout:3' } }],
    ['restart-tasks', stopTask(10, 'a')],
    ['stop-task', stopTask(10, 'a')],
    ['scale-service', scale(10, 3)],
    ['set-flag', call('StartDeployment')],
    ['stop-experiment', call('DELETE /experiments')],
    ['run-runbook', call('StartAutomationExecution')],
    ['revert-commit', call('PUT /pulls/7/merge')],
    ['propose-patch', call('POST /pulls')],
  ])('answers %s', (action, given) => {
    expect(usesOf([given], action)).toEqual(['right']);
  });

  it.each<[string, Call]>([
    ['roll-back-deployment', restart(10)],
    ['roll-back-deployment', { ...rollBack(10), input: { taskDefinition: 'checkout:2' } }],
    ['roll-back-deployment', { ...rollBack(10), input: { taskDefinition: 'checkout:3' } }],
    ['roll-back-deployment', { ...rollBack(10), service: 'payment' }],
    ['force-new-deployment', rollBack(10)],
    ['force-new-deployment', { ...restart(10), input: { forceNewDeployment: true, taskDefinition: 'checkout:1' } }],
    ['raise-task-memory', rollBack(10)],
    ['scale-service', scale(10, 1)],
    ['scale-service', { ...scale(10, 3), input: { desiredCount: 3, taskDefinition: 'checkout:1' } }],
    ['stop-task', { ...stopTask(10, 'a'), service: 'payment' }],
    ['restart-tasks', restart(10)],
    ['restart-tasks', call('Unheard', 'checkout')],
    ['no-such-action', rollBack(10)],
  ])('is no %s', (action, given) => {
    expect(usesOf([given], action)).toEqual(['wrong']);
  });

  it('made before the fault is wrong', () => {
    expect(usesOf([rollBack(-2)], 'roll-back-deployment')).toEqual(['wrong']);
  });

  it('made twice is one too many', () => {
    expect(usesOf([restart(10), restart(30)], 'force-new-deployment')).toEqual(['right', 'wrong']);
  });

  it('may stop several tasks in batches where that is right, and one where one is sick', () => {
    const calls = [stopTask(10, 'a'), stopTask(12, 'b')];
    expect(usesOf(calls, 'restart-tasks')).toEqual(['right', 'right']);
    expect(usesOf(calls, 'stop-task')).toEqual(['right', 'wrong']);
  });

  it('that gives back what an earlier one took is no change of its own', () => {
    const revision = (at: number) => (at < 10 || at >= 20 ? 'checkout:2' : 'checkout:1');
    expect(usesOf([rollBack(10), rollForward(20)], 'roll-back-deployment', revision)).toEqual(['right', 'put-back']);
    expect(usesOf([scale(10, 3), scale(30, 2)], 'scale-service')).toEqual(['right', 'put-back']);
    expect(usesOf([call('POST /pulls'), call('PATCH /pulls/7')], 'propose-patch')).toEqual(['right', 'put-back']);
  });

  it('that only looks like an undo is weighed like any other', () => {
    expect(usesOf([rollForward(20)], 'roll-back-deployment', () => 'checkout:1')).toEqual(['wrong']);
    expect(usesOf([scale(30, 2)], 'scale-service')).toEqual(['wrong']);
  });
});

describe('the number of changes', () => {
  const count = (calls: readonly Call[], action: string) =>
    changesMade(
      weighCalls(
        cluster('agent', () => ({ revision: 'checkout:2' }), calls),
        wanted(action),
      ),
      30,
    );

  it('takes batches of one action for one, and later ones for more', () => {
    expect(count([stopTask(10, 'a'), stopTask(14, 'b'), stopTask(18, 'c')], 'restart-tasks')).toBe(1);
    expect(count([stopTask(5, 'a'), stopTask(50, 'b')], 'restart-tasks')).toBe(2);
    expect(count([call('POST /pulls'), call('PUT /pulls/7/merge')], 'revert-commit')).toBe(1);
  });

  it('counts no preparation and nothing that was put back, but every update', () => {
    expect(count([call('RegisterTaskDefinition'), scale(10, 3), scale(30, 2)], 'scale-service')).toBe(1);
    expect(count([restart(10), restart(11, 'payment'), scale(12, 3)], 'force-new-deployment')).toBe(3);
  });
});

it('knows the calls of every action of the catalogue that changes something', () => {
  const catalogue = globSync('agent/action/*/index.ts').map((path) => basename(dirname(path)));
  expect(catalogue.length).toBeGreaterThan(10);
  // An issue only tells people.
  expect(catalogue.filter((action) => !knownActions.includes(action)).toSorted()).toEqual(['open-issue']);
});
