/**
 * Tells the owners of a service by an issue what was found and was not mended. It changes nothing that runs, and opens none while an issue
 * says the same of the same service.
 */
import { causes } from '../../domain/cause.ts';
import type { Plan } from '../../domain/plan.ts';
import type { Action } from '../action.ts';
import type { GithubAccess } from '../github/access.ts';
import { orUnread } from '../github/call.ts';
import { wordsFor } from '../github/words.ts';
import { checkParams } from '../params.ts';
import type { ActionDeps, ActionPlugin } from '../plugin.ts';
import { Config, Issue, Issues, maxStatementLength, maxStatements, Params, Repository, Snapshot } from './schema.ts';
import { bodyFor, isAbout, isOfIncident, titleFor } from './text.ts';

export const openIssue: ActionPlugin<Config> = {
  id: 'open-issue',
  title: 'Open an issue for the owners of a service',
  config: Config,
  create,
};

const most = 100;

function create({ label }: Config, { github }: ActionDeps): Action<Params> | undefined {
  if (github === undefined) return undefined;
  return {
    id: openIssue.id,
    title: openIssue.title,
    purpose: 'tell',
    cures: causes,
    params: Params,

    propose(hypothesis, { cluster, service }, _facts, incident) {
      const explanation = incident.explanation?.slice(0, maxStatements).map((line) => line.slice(0, maxStatementLength));
      return { cluster, service, words: wordsFor(hypothesis, incident), ...(explanation ? { explanation } : {}) };
    },

    async plan(params, signal) {
      const checked = checkParams(Params, params);
      if ('notPossible' in checked) return checked;
      const place = github.placeOf(checked.ok.service);
      if (place === undefined) return { notPossible: `no repository is set for ${checked.ok.service}` };
      const { repository } = place;
      const about = await github.calls.read({ call: 'GET ', repository, schema: Repository }, signal);
      if (about === null) return { notPossible: `repository ${repository} does not exist, or the token may not see it` };
      if (about.archived || !about.has_issues) return { notPossible: `repository ${repository} takes no issues` };
      // Without it GitHub drops the label, and the issue would not be found again.
      if (about.permissions && !about.permissions.push) return { notPossible: `the token may not write to ${repository}` };
      const same = (await openIssues(github, repository, label, signal)).find((issue) => isAbout(issue, checked.ok));
      return same ? { notPossible: `issue ${same.html_url} says so already` } : planFor(checked.ok, repository, label);
    },

    rights: (plan) => [{ action: 'github:push', resource: Snapshot.parse(plan.snapshot).repository }],

    execute(plan, effect) {
      const params = Params.parse(plan.params);
      const { repository, title, body } = Snapshot.parse(plan.snapshot);
      return orUnread(effect.signal, 'no', async () => {
        const same = (await openIssues(github, repository, label, effect.signal)).find((issue) => isAbout(issue, params));
        if (same && isOfIncident(same, params)) return { applied: 'yes', detail: `issue ${same.html_url} is open` };
        if (same) return { applied: 'no', detail: `issue ${same.html_url} says so already` };
        const request = { call: 'POST /issues', repository, parameters: { title, body, labels: [label] }, schema: Issue };
        const { outcome, reply } = await github.calls.change(request, effect);
        return reply ? { applied: 'yes', detail: `issue ${reply.html_url} is opened` } : outcome;
      });
    },

    look(plan, signal) {
      const params = Params.parse(plan.params);
      const { repository } = Snapshot.parse(plan.snapshot);
      const newest = { sort: 'created', direction: 'desc', state: 'all', per_page: most };
      return orUnread(signal, 'unknown', async () => {
        // Without the label: whoever tidies up may have taken it away.
        const issues = await github.calls.read({ call: 'GET /issues', repository, parameters: newest, schema: Issues }, signal);
        const ours = issues?.find((issue) => isOfIncident(issue, params) && isAbout(issue, params));
        if (ours) return { applied: 'yes', detail: `issue ${ours.html_url} is ${ours.state}` };
        return { applied: 'no', detail: `none of the newest ${most} issues is of this incident` };
      });
    },
  };
}

async function openIssues({ calls }: GithubAccess, repository: string, label: string, signal: AbortSignal): Promise<Issue[]> {
  const parameters = { labels: label, state: 'open', per_page: most };
  return (await calls.read({ call: 'GET /issues', repository, parameters, schema: Issues }, signal)) ?? [];
}

function planFor(params: Params, repository: string, label: string): Plan {
  const title = titleFor(params);
  const body = bodyFor(params);
  return {
    action: openIssue.id,
    target: { cluster: params.cluster, service: params.service },
    params,
    calls: [{ operation: 'github:CreateIssue', input: { repository, title, label, body: 'as in the snapshot' } }],
    blastRadius: { services: 0, tasks: 0, shareOfCapacity: 0 },
    snapshot: { repository, title, body } satisfies Snapshot,
    undo: { kind: 'none', reason: 'what was read cannot be unread; a person closes the issue' },
    summary: `open an issue in ${repository}: ${title}`,
  };
}
