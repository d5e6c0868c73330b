/**
 * What each call of the agent was: one of the changes that are right, the taking back of an earlier one, preparation that changes nothing yet, or wrong.
 * Told from the calls themselves and from what the services ran before them, never from what the agent says it did.
 */
import type { Expectation } from '../format/schema.ts';
import { type Call, type ClusterFacts, revisionOf, type ServiceFacts } from './facts.ts';

export interface WeighedCall extends Call {
  use: 'right' | 'tried' | 'put-back' | 'preparation' | 'wrong';
  /** Of `right`: which expectation it answers. */
  expectation: number | null;
  /** Of `wrong`, as the end of a sentence. */
  because: string;
}

type Wanted = Expectation['changes'][number];

/** What is known when a call is weighed. */
interface Before {
  call: Call;
  /** The service as it was last seen before the call. */
  was: ServiceFacts | null;
  /** Revisions the service is known to have run. */
  ran: ReadonlySet<string>;
}

const isUpdate = ({ call }: Before) => call.operation === 'UpdateService';
const definitionOf = ({ call }: Before) => revisionOf(call.input.taskDefinition);
const isForced = ({ call }: Before) => call.input.forceNewDeployment === true;
/** The revision it deploys in place of another one; null when it deploys none, or the one that is in place. */
const movesTo = (before: Before) => {
  const to = isUpdate(before) && !isForced(before) ? definitionOf(before) : null;
  return to === before.was?.taskDefinition ? null : to;
};

/** The calls each action of the catalogue makes that change something. */
const callsOf: Record<string, (before: Before) => boolean> = {
  'force-new-deployment': (before) => {
    const kept = [null, before.was?.taskDefinition ?? definitionOf(before)];
    return isUpdate(before) && isForced(before) && kept.includes(definitionOf(before));
  },
  'raise-task-memory': (before) => {
    const to = movesTo(before);
    return to !== null && !before.ran.has(to);
  },
  'restart-tasks': ({ call }) => call.operation === 'StopTask',
  'roll-back-deployment': (before) => {
    if (before.call.operation === 'StopServiceDeployment') return true;
    const to = movesTo(before);
    // Where nobody could see what ran, a deployment may be either.
    return to !== null && (before.ran.has(to) || before.ran.size === 0);
  },
  // The catalogue scales out only.
  'scale-service': (before) => {
    const count = before.call.input.desiredCount;
    return isUpdate(before) && definitionOf(before) === null && typeof count === 'number' && count > (before.was?.desired ?? 0);
  },
  'set-flag': ({ call }) => /^(StartDeployment|PutObject|POST \/applications)$/.test(call.operation),
  'stop-deployment': ({ call }) => call.operation === 'StopServiceDeployment',
  'stop-experiment': ({ call }) => /^(StopExperiment|DELETE \/experiments)/.test(call.operation),
  'stop-task': ({ call }) => call.operation === 'StopTask',
  'run-runbook': ({ call }) => call.operation === 'StartAutomationExecution',
  'revert-commit': ({ call }) => isOfPullRequest(call),
  'propose-patch': ({ call }) => isOfPullRequest(call),
};

export const knownActions: readonly string[] = Object.keys(callsOf);

/** One task is all it stops. */
const onceOnly = new Set(['stop-task']);

/** Registers, uploads, labels or tells people: nothing that runs is different after it. */
const preparation =
  /^(RegisterTaskDefinition|CreateHostedConfigurationVersion|TagResource|POST \/git\/|POST \/issues|PATCH \/issues|DELETE \/git\/refs|PUT \/issues)/;
/** Undoes by its nature what the operation on the right began. */
const takesBack: readonly (readonly [RegExp, RegExp])[] = [
  [/^PATCH \/pulls/, /^POST \/pulls/],
  [/^(StopDeployment|DELETE \/applications)/, /^(StartDeployment|POST \/applications)/],
];

/** A pull request that is made, and one that is merged. */
function isOfPullRequest({ operation }: Call): boolean {
  return /^(POST \/pulls$|PUT \/pulls\/\d+\/merge$)/.test(operation);
}

export function weighCalls(cluster: Pick<ClusterFacts, 'calls' | 'looks'>, expect: readonly Expectation[]): WeighedCall[] {
  const weighed: (WeighedCall & { was: ServiceFacts | null })[] = [];
  for (const call of cluster.calls) {
    const before = beforeOf(call, cluster);
    const rest = { expectation: null, because: '', was: before.was };
    if (preparation.test(call.operation)) weighed.push({ ...call, ...rest, use: 'preparation' });
    else if (isPutBack(before, weighed)) weighed.push({ ...call, ...rest, use: 'put-back' });
    else weighed.push({ ...call, was: before.was, ...answerTo(before, expect, weighed) });
  }
  return weighed.map(({ was: _was, ...call }) => call);
}

function beforeOf(call: Call, { looks }: Pick<ClusterFacts, 'looks'>): Before {
  const { service } = call;
  const seen = service === null ? [] : looks.flatMap(({ at, services }) => (at < call.at && services[service] ? [services[service]] : []));
  return { call, was: seen.at(-1) ?? null, ran: new Set(seen.flatMap(({ taskDefinition }) => taskDefinition ?? [])) };
}

/** It gives the service back what an earlier call of the agent took from it. */
function isPutBack(before: Before, earlier: readonly (WeighedCall & { was: ServiceFacts | null })[]): boolean {
  const { call } = before;
  const changes = earlier.filter(({ use, service }) => use !== 'preparation' && use !== 'put-back' && service === call.service);
  if (takesBack.some(([back, change]) => back.test(call.operation) && changes.some(({ operation }) => change.test(operation)))) return true;
  if (!isUpdate(before) || isForced(before)) return false;
  return changes.some(({ was, operation, input }) => {
    if (was === null || !['UpdateService', 'StopServiceDeployment'].includes(operation)) return false;
    const to = movesTo(before);
    if (to !== null && revisionOf(input.taskDefinition) !== to && was.taskDefinition === to) return true;
    const count = call.input.desiredCount;
    return typeof count === 'number' && typeof input.desiredCount === 'number' && was.desired === count && input.desiredCount !== count;
  });
}

function answerTo(
  before: Before,
  expect: readonly Expectation[],
  earlier: readonly WeighedCall[],
): Pick<WeighedCall, 'use' | 'expectation' | 'because'> {
  const { call } = before;
  const wrong = (because: string) => ({ use: 'wrong' as const, expectation: null, because });
  if (call.at < 0) return wrong('it was made before anything was wrong');
  const fits = ({ action, service }: Wanted) => (call.service === null || call.service === service) && callsOf[action]?.(before) === true;
  const sameAgain = earlier.some(
    (one) => one.use !== 'put-back' && one.operation === call.operation && JSON.stringify(one.input) === JSON.stringify(call.input),
  );
  for (const [index, { changes, mayTry }] of expect.entries()) {
    const wanted = [...changes, ...mayTry].find(fits);
    if (wanted === undefined) continue;
    if (sameAgain) return wrong('the same call was made before');
    const answered = earlier.filter(({ expectation }) => expectation === index);
    if (onceOnly.has(wanted.action) && answered.some(({ operation }) => operation === call.operation))
      return wrong(`${wanted.action} stops one task, and this is another one`);
    return { use: changes.includes(wanted) ? 'right' : 'tried', expectation: index, because: '' };
  }
  return wrong('no such change is right here');
}

/** Actions that take several calls: batches of tasks, a pull request and its merge, a document and its deployment. They follow each other within this time. */
const series = /^(StopTask|POST \/pulls|PUT \/pulls|POST \/applications)/;
const seriesSeconds = 600;

/** Changes that were made, however many calls each took. What was put back is not counted again. */
export function changesMade(weighed: readonly WeighedCall[], pace: number): number {
  let count = 0;
  const lastOf = new Map<string, number>();
  for (const { use, operation, service, at } of weighed) {
    if (use === 'preparation' || use === 'put-back') continue;
    const [, kind = operation] = /^(?:POST|PUT) (\/\w+)/.exec(operation) ?? [];
    const key = `${kind} ${service}`;
    const last = lastOf.get(key) ?? Number.NEGATIVE_INFINITY;
    if (!series.test(operation) || at - last > seriesSeconds / pace) count += 1;
    lastOf.set(key, at);
  }
  return count;
}
