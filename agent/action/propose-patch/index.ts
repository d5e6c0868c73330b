/**
 * Proposes an edit that a model wrote of what the blamed commit changed: a branch, a pull request with the evidence, the verdict of its checks.
 * Rules choose which files may be edited, and make the edit themselves. A person agrees to each; while `autoMerge` is off a person merges, too.
 */

import type { Clock } from '../../domain/clock.ts';
import type { Outcome, Plan } from '../../domain/plan.ts';
import { cleanText } from '../../evidence/answer.ts';
import type { Action, Effect } from '../action.ts';
import type { GithubAccess } from '../github/access.ts';
import { blamedCommit } from '../github/blamed-commit.ts';
import { branchOf } from '../github/branches.ts';
import { orUnread } from '../github/call.ts';
import { mergeChecked, mergeWhenChecked, notMerged, waitForChecks } from '../github/merge.ts';
import { ensureBranch, ensurePull, lookWithdrawn, pullOf, type Work, withdraw, workOn } from '../github/pull-request.ts';
import type { Pull } from '../github/replies.ts';
import { readerOf } from '../github/repository.ts';
import { wordsFor } from '../github/words.ts';
import { causeElsewhere, checkParams } from '../params.ts';
import type { ActionDeps, ActionPlugin } from '../plugin.ts';
import { changesBack, editedNow, written } from './files.ts';
import { noReach, type Patcher, planPatch, undoSummary } from './plan.ts';
import { Config, Params, Snapshot } from './schema.ts';
import { patchWords, takeBackWords } from './text.ts';

export const proposePatch: ActionPlugin<Config> = {
  id: 'propose-patch',
  title: 'Propose an edit that a model wrote by a pull request',
  config: Config,
  create,
};

function create(config: Config, { github, aws, clock, adviser, drafts }: ActionDeps): Action<Params> | undefined {
  if (github === undefined || adviser === undefined || drafts === undefined) return undefined;
  const { autoMerge } = config;
  const service = { reader: aws.ecs.reader, timeoutMs: config.ecsTimeoutMs };
  const patcher: Patcher = { config, github, service, adviser, drafts };
  return {
    id: proposePatch.id,
    title: proposePatch.title,
    purpose: autoMerge ? 'mend' : 'tell',
    needsApproval: 'a model wrote the code',
    cures: ['bad-deployment'],
    params: Params,

    isOffered: () => adviser.isOn('patch'),

    propose(hypothesis, target, facts, incident) {
      const elsewhere = causeElsewhere(hypothesis, target);
      if (elsewhere) return elsewhere;
      // As the rules found it: were a doubted cause not possible, the search would go on to another. Policy refuses what is left of it.
      const confidence = hypothesis.secondOpinion?.before ?? hypothesis.confidence;
      if (confidence < config.minConfidence) {
        return { notPossible: `the confidence is ${confidence.toFixed(2)}; no code is written below ${config.minConfidence.toFixed(2)}` };
      }
      const commit = blamedCommit(hypothesis, facts);
      if (typeof commit !== 'string') return commit;
      return { cluster: target.cluster, service: target.service, commit, words: wordsFor(hypothesis, incident) };
    },

    outline: (params) => outlineOf(params, autoMerge),

    async plan(params, signal) {
      const checked = checkParams(Params, params);
      if ('notPossible' in checked) return checked;
      return planPatch(patcher, checked.ok, signal);
    },

    rights: (plan) => [{ action: 'github:push', resource: Snapshot.parse(plan.snapshot).repository }],

    execute: (plan, effect) => orUnread(effect.signal, 'no', () => open(patcher, clock, plan, effect)),

    look(plan, signal) {
      const snapshot = Snapshot.parse(plan.snapshot);
      const reader = readerOf(github, snapshot, signal);
      return orUnread(signal, 'unknown', async () => {
        const [pull] = await reader.pullsOf(snapshot.branch);
        if (pull === undefined) return { applied: 'no', detail: `there is no pull request of branch ${snapshot.branch}` };
        const over = isOver(pull);
        if (over) return over;
        if (snapshot.merges) return notMerged(pull, 'its checks were not waited for');
        const checks = await reader.checks(pull.head.sha);
        const isGreen = checks !== null && checks.failed.length === 0 && checks.passed.length > 0;
        return isGreen ? waits(pull, passedWords(checks.passed)) : { ...waits(pull, 'its checks have not passed'), isPartial: true };
      });
    },

    undo: (plan, effect) => orUnread(effect.signal, 'no', () => takeBack(patcher, clock, plan, effect)),

    lookUndone(plan, signal) {
      const snapshot = Snapshot.parse(plan.snapshot);
      const reader = readerOf(github, snapshot, signal);
      return orUnread(signal, 'unknown', async () => {
        const [pull] = await reader.pullsOf(snapshot.branch);
        if (!pull?.merged_at) return lookWithdrawn(reader, snapshot.branch);
        const branch = backBranch(plan);
        const [back] = await reader.pullsOf(branch);
        if (back?.merged_at) return { applied: 'yes', detail: `pull request ${back.html_url} has taken it back` };
        return { applied: 'no', detail: `pull request ${pull.html_url} is merged, and none of branch ${branch} is` };
      });
    },
  };
}

/** What a plan of it would be, without the edit: what policy refuses already is not written. */
function outlineOf({ cluster, service, commit, words }: Params, autoMerge: boolean): Plan {
  return {
    action: proposePatch.id,
    target: { cluster, service },
    params: { cluster, service, commit, words },
    calls: [],
    blastRadius: autoMerge ? { services: 1, tasks: 0, shareOfCapacity: 0 } : noReach,
    snapshot: {},
    undo: { kind: 'restore', summary: undoSummary(autoMerge) },
    summary: `have a model write an edit of what commit ${commit.slice(0, 12)} changed, and open a pull request with it`,
  };
}

async function open({ config, github }: Patcher, clock: Clock, plan: Plan, effect: Effect): Promise<Outcome> {
  const snapshot = Snapshot.parse(plan.snapshot);
  const work = workFor(github, plan, effect);
  const known = await pullOf(work);
  const over = known && isOver(known);
  if (over) return over;
  const edited = await editedNow(work.reader, snapshot, config);
  if ('notPossible' in edited) return { applied: 'no', detail: edited.notPossible };
  const files = await written(work, edited.files);
  if ('ended' in files) return files.ended;
  const branch = await ensureBranch(work, edited.head, files.done);
  if ('ended' in branch) return branch.ended;
  const made = await ensurePull(work, config.label);
  if ('ended' in made) return { ...made.ended, detail: `${made.ended.detail}; branch ${snapshot.branch} is left and holds the edit` };
  const { pull, labelled } = made.done;
  if (pull.head.sha !== branch.done) return notMerged(pull, 'its branch holds something else than was planned');
  const checks = await waitForChecks(work, branch.done, config, clock);
  if (checks.kind === 'failed') return dropped(work, pull, checks.why);
  const label = labelled ? '' : `; the label ${config.label} could not be set`;
  if (!snapshot.merges) return waits(pull, `${checks.kind === 'passed' ? passedWords(checks.names) : checks.why}${label}`);
  return checks.kind === 'passed' ? mergeChecked(work, pull, branch.done, config) : notMerged(pull, checks.why);
}

/** An edit that its own checks refuse is nothing to keep a person busy with. */
async function dropped(work: Work, pull: Pull, why: string): Promise<Outcome> {
  const { applied, detail } = await withdraw(work);
  const words = `pull request ${pull.html_url}: ${why}`;
  return { applied: 'no', detail: `${words}; ${applied === 'yes' ? detail : `it could not be closed: ${detail}`}` };
}

/** Closes what is open; what was merged is taken back by a pull request of its own, under the same checks. */
async function takeBack({ config, github }: Patcher, clock: Clock, plan: Plan, effect: Effect): Promise<Outcome> {
  const params = Params.parse(plan.params);
  const snapshot = Snapshot.parse(plan.snapshot);
  const work = workFor(github, plan, effect);
  if (!(await pullOf(work))?.merged_at) return withdraw(work);
  const back = workOn(github, { ...snapshot, ...takeBackWords(params, snapshot), branch: backBranch(plan) }, effect);
  const known = await pullOf(back);
  const over = known && isOver(known);
  if (over) return over;
  const changes = await changesBack(back.reader, snapshot);
  if ('notPossible' in changes) return { applied: 'no', detail: changes.notPossible };
  if (changes.files.length === 0) return { applied: 'yes', detail: `${snapshot.base} holds the files as they were` };
  const branch = await ensureBranch(back, changes.head, changes.files);
  if ('ended' in branch) return branch.ended;
  const made = await ensurePull(back, config.label);
  return 'ended' in made ? made.ended : mergeWhenChecked(back, made.done.pull, branch.done, config, clock);
}

function workFor(github: GithubAccess, plan: Plan, effect: Effect): Work {
  const snapshot = Snapshot.parse(plan.snapshot);
  return workOn(github, { ...snapshot, ...patchWords(Params.parse(plan.params), snapshot) }, effect);
}

function backBranch(plan: Plan): string {
  const { commit, words } = Params.parse(plan.params);
  return branchOf('unpatch', words.incident, commit);
}

/** The outcome that a pull request is by itself; null while it is open. */
function isOver(pull: Pull): Outcome | null {
  if (pull.merged_at) return { applied: 'yes', detail: `pull request ${pull.html_url} is merged` };
  return pull.state === 'closed' ? { applied: 'no', detail: `pull request ${pull.html_url} is closed, and stays so` } : null;
}

function waits({ html_url }: Pull, checks: string): Outcome {
  return { applied: 'yes', detail: `pull request ${html_url} waits for a person: ${checks}` };
}

function passedWords(names: readonly string[]): string {
  return `these checks passed: ${names
    .map((name) => cleanText(name, 60))
    .join(', ')
    .slice(0, 300)}`;
}
