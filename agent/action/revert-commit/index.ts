/**
 * Undoes one commit by a pull request: a branch with exactly that revert, the evidence in words, a label. While `autoMerge` is off it only
 * tells: a person merges. With it the pull request is merged once all its checks have passed, and never without any.
 */
import { canonicalHash } from '../../audit/canonical-json.ts';
import type { Hypothesis } from '../../domain/cause.ts';
import type { ChangeFact, Fact } from '../../domain/evidence.ts';
import type { NotPossible, Outcome, Plan } from '../../domain/plan.ts';
import type { Action, IncidentBrief } from '../action.ts';
import type { GithubAccess } from '../github/access.ts';
import { orUnread } from '../github/call.ts';
import { wordsFor } from '../github/words.ts';
import { causeElsewhere, checkParams } from '../params.ts';
import type { ActionDeps, ActionPlugin } from '../plugin.ts';
import { mergeWhenChecked } from './merge.ts';
import { planRevert, wantedChanges } from './plan.ts';
import { closePull, deleteBranch, ensureBranch, ensurePull, type Work } from './pull-request.ts';
import { readerOf } from './repository.ts';
import { Config, Params, type Pull, Snapshot } from './schema.ts';

export const revertCommit: ActionPlugin<Config> = {
  id: 'revert-commit',
  title: 'Undo the blamed commit by a pull request',
  config: Config,
  create,
};

function create(config: Config, { github, aws, clock }: ActionDeps): Action<Params> | undefined {
  if (github === undefined) return undefined;
  const service = { reader: aws.ecs.reader, timeoutMs: config.ecsTimeoutMs };
  return {
    id: revertCommit.id,
    title: revertCommit.title,
    purpose: config.autoMerge ? 'mend' : 'tell',
    ...(config.autoMerge && { needsApproval: 'what is merged goes out to every place that is built from that branch' }),
    cures: ['bad-deployment'],
    params: Params,

    propose: (hypothesis, target, facts, incident) => causeElsewhere(hypothesis, target) ?? propose(hypothesis, target, facts, incident),

    async plan(params, signal) {
      const checked = checkParams(Params, params);
      if ('notPossible' in checked) return checked;
      return planRevert(github, service, config, checked.ok, signal);
    },

    rights: (plan) => [{ action: 'github:push', resource: Snapshot.parse(plan.snapshot).repository }],

    async execute(plan, effect) {
      const params = Params.parse(plan.params);
      const work = workOn(github, plan, effect);
      return orUnread(effect.signal, 'no', async () => {
        const known = await pullOf(work);
        const wanted = known && isOver(known, config.autoMerge);
        if (wanted) return wanted;
        const changes = await wantedChanges(work.reader, config, params, work.snapshot);
        if ('notPossible' in changes) return { applied: 'no', detail: changes.notPossible };
        if (canonicalHash(changes.files) !== work.snapshot.changesHash) {
          return {
            applied: 'no',
            detail: `what undoing the commit changes is not what was planned: ${work.snapshot.base} moved since the plan`,
          };
        }
        const branch = await ensureBranch(work, changes.head, changes.files);
        if ('ended' in branch) return branch.ended;
        const made = await ensurePull(work, config.label);
        if ('ended' in made) return left(made.ended, work);
        const { pull, labelled } = made.done;
        if (!config.autoMerge) return opened(pull, labelled ? '' : `; the label ${config.label} could not be set`);
        return mergeWhenChecked(work, pull, branch.done, config, clock);
      });
    },

    look(plan, signal) {
      const reader = readerOf(github, Snapshot.parse(plan.snapshot), signal);
      return orUnread(signal, 'unknown', async () => {
        const { branch } = Snapshot.parse(plan.snapshot);
        const [pull] = await reader.pullsOf(branch);
        if (pull === undefined) return { applied: 'no', detail: `there is no pull request of branch ${branch}` };
        const over = isOver(pull, config.autoMerge);
        return over ?? { applied: 'no', detail: `pull request ${pull.html_url} is open and not merged` };
      });
    },

    async undo(plan, effect) {
      const work = workOn(github, plan, effect);
      const { branch, commitMessage } = work.snapshot;
      return orUnread(effect.signal, 'no', async () => {
        const pull = await pullOf(work);
        if (pull?.merged_at) return { applied: 'no', detail: `pull request ${pull.html_url} is merged: undoing that is a person's work` };
        const head = await work.reader.branch(branch);
        // An open pull request follows its branch: only the newest commit tells whether somebody pushed.
        const newest = head === null ? null : await work.reader.gitCommit(head);
        if (newest && newest.message.trimEnd() !== commitMessage) {
          return { applied: 'no', detail: `somebody pushed to branch ${branch}: it and its pull request are left to them` };
        }
        if (pull?.state === 'open') {
          const closed = await closePull(work, pull);
          if ('ended' in closed) return closed.ended;
          if (closed.done.merged_at) return { applied: 'no', detail: `pull request ${pull.html_url} was merged meanwhile` };
        }
        const words = pull ? `pull request ${pull.html_url} is closed` : 'there is no pull request';
        if (head === null) return { applied: 'yes', detail: `${words}, and its branch is gone` };
        const deleted = await deleteBranch(work);
        return 'ended' in deleted ? deleted.ended : { applied: 'yes', detail: `${words}, and its branch is deleted` };
      });
    },

    lookUndone(plan, signal) {
      const { branch } = Snapshot.parse(plan.snapshot);
      const reader = readerOf(github, Snapshot.parse(plan.snapshot), signal);
      return orUnread(signal, 'unknown', async () => {
        const [pull] = await reader.pullsOf(branch);
        if (pull?.merged_at) return { applied: 'no', detail: `pull request ${pull.html_url} is merged` };
        if (pull?.state === 'open') return { applied: 'no', detail: `pull request ${pull.html_url} is open` };
        const isGone = (await reader.branch(branch)) === null;
        return { applied: isGone ? 'yes' : 'no', detail: isGone ? `branch ${branch} is gone` : `branch ${branch} is still there` };
      });
    },
  };
}

/** The commit by its full id, as a source told it: a shorter name could stand for something else in the repository. */
function propose(
  hypothesis: Hypothesis,
  { cluster, service }: { cluster: string; service: string },
  facts: readonly Fact[],
  incident: IncidentBrief,
): Params | NotPossible {
  const { change } = hypothesis;
  if (change === undefined) return { notPossible: 'no commit is blamed' };
  const isBlamed = (fact: Fact): fact is ChangeFact =>
    fact.kind === 'change' && /^[0-9a-f]{40}$/.test(fact.sha) && change.length >= 7 && fact.sha.startsWith(change);
  const commits = new Set(facts.filter(isBlamed).map(({ sha }) => sha));
  const [commit] = commits;
  if (commit === undefined || commits.size > 1) return { notPossible: `no source told of exactly one commit ${change.slice(0, 40)}` };
  return { cluster, service, commit, words: wordsFor(hypothesis, incident) };
}

function workOn(access: GithubAccess, plan: Plan, effect: Work['effect']): Work {
  const snapshot = Snapshot.parse(plan.snapshot);
  return { access, snapshot, effect, reader: readerOf(access, snapshot, effect.signal) };
}

async function pullOf({ reader, snapshot }: Work): Promise<Pull | undefined> {
  return (await reader.pullsOf(snapshot.branch))[0];
}

/** The outcome that a pull request is by itself; null while an open one is still to be merged by us. */
function isOver(pull: Pull, autoMerge: boolean): Outcome | null {
  if (pull.merged_at) return { applied: 'yes', detail: `pull request ${pull.html_url} is merged` };
  if (!autoMerge) return opened(pull, pull.state === 'closed' ? '; somebody closed it' : '');
  return pull.state === 'closed' ? { applied: 'no', detail: `somebody closed pull request ${pull.html_url}: it stays so` } : null;
}

function opened(pull: Pull, more: string): Outcome {
  return { applied: 'yes', detail: `pull request ${pull.html_url} waits for a person${more}` };
}

/** The branch stays when no pull request could be made of it: removing it would be one more change that nobody planned. */
function left(outcome: Outcome, { snapshot }: Work): Outcome {
  return { ...outcome, detail: `${outcome.detail}; branch ${snapshot.branch} is left and holds the revert` };
}
