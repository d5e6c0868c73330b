/**
 * Undoes one commit by a pull request: a branch with exactly that revert, the evidence in words, a label. While `autoMerge` is off it only
 * tells: a person merges. With it the pull request is merged once all its checks have passed, and never without any.
 */
import { canonicalHash } from '../../audit/canonical-json.ts';
import type { Outcome } from '../../domain/plan.ts';
import type { Action } from '../action.ts';
import { blamedCommit } from '../github/blamed-commit.ts';
import { orUnread } from '../github/call.ts';
import { mergeWhenChecked } from '../github/merge.ts';
import { ensureBranch, ensurePull, lookWithdrawn, pullOf, type Work, withdraw, workOn } from '../github/pull-request.ts';
import type { Pull } from '../github/replies.ts';
import { readerOf } from '../github/repository.ts';
import { wordsFor } from '../github/words.ts';
import { causeElsewhere, checkParams } from '../params.ts';
import type { ActionDeps, ActionPlugin } from '../plugin.ts';
import { deployedSince, planRevert, wantedChanges } from './plan.ts';
import { Config, Params, Snapshot } from './schema.ts';

export const revertCommit: ActionPlugin<Config> = {
  id: 'revert-commit',
  title: 'Undo the blamed commit by a pull request',
  config: Config,
  create,
};

function create(config: Config, { github, aws, clock, drafts }: ActionDeps): Action<Params> | undefined {
  if (github === undefined) return undefined;
  const service = { reader: aws.ecs.reader, timeoutMs: config.ecsTimeoutMs };
  return {
    id: revertCommit.id,
    title: revertCommit.title,
    purpose: config.autoMerge ? 'mend' : 'tell',
    ...(config.autoMerge && { needsApproval: 'what is merged goes out to every place that is built from that branch' }),
    cures: ['bad-deployment'],
    params: Params,

    propose(hypothesis, target, facts, incident) {
      const elsewhere = causeElsewhere(hypothesis, target);
      if (elsewhere) return elsewhere;
      const commit = blamedCommit(hypothesis, facts);
      if (typeof commit !== 'string') return commit;
      return { cluster: target.cluster, service: target.service, commit, words: wordsFor(hypothesis, incident) };
    },

    async plan(params, signal) {
      const checked = checkParams(Params, params);
      if ('notPossible' in checked) return checked;
      return planRevert({ github, drafts }, service, config, checked.ok, signal);
    },

    rights: (plan) => [{ action: 'github:push', resource: Snapshot.parse(plan.snapshot).repository }],

    async execute(plan, effect) {
      const params = Params.parse(plan.params);
      const snapshot = Snapshot.parse(plan.snapshot);
      const work = workOn(github, snapshot, effect);
      return orUnread(effect.signal, 'no', async () => {
        const known = await pullOf(work);
        const wanted = known && isOver(known, config.autoMerge);
        if (wanted) return wanted;
        const changes = await wantedChanges(work.reader, config, params, snapshot);
        if ('notPossible' in changes) return { applied: 'no', detail: changes.notPossible };
        if (canonicalHash(changes.files) !== snapshot.changesHash) {
          return {
            applied: 'no',
            detail: `what undoing the commit changes is not what was planned: ${snapshot.base} moved since the plan`,
          };
        }
        const branch = await ensureBranch(work, changes.head, changes.files);
        if ('ended' in branch) return branch.ended;
        const made = await ensurePull(work, config.label);
        if ('ended' in made) return left(made.ended, work);
        const { pull, labelled } = made.done;
        if (!config.autoMerge) return opened(pull, labelled ? '' : `; the label ${config.label} could not be set`);
        return mergeWhenChecked(work, pull, branch.done, config, clock, () => deployedSince(service, params, snapshot, effect.signal));
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

    undo: (plan, effect) => orUnread(effect.signal, 'no', () => withdraw(workOn(github, Snapshot.parse(plan.snapshot), effect))),

    lookUndone(plan, signal) {
      const snapshot = Snapshot.parse(plan.snapshot);
      return orUnread(signal, 'unknown', () => lookWithdrawn(readerOf(github, snapshot, signal), snapshot.branch));
    },
  };
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
