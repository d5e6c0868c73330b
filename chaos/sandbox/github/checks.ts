/** Checks of commits, as whoever runs them reports them: check runs and commit statuses. Nothing runs here by itself. In memory. */
import { z } from 'zod';
import { type Answer, type Call, notFound, type Place, parsed, type Route, resolved } from './route.ts';

const conclusions = ['success', 'failure', 'neutral', 'cancelled', 'skipped', 'timed_out', 'action_required'] as const;
const RunInput = z.object({
  name: z.string().min(1),
  head_sha: z.string(),
  status: z.enum(['queued', 'in_progress', 'completed']).optional(),
  conclusion: z.enum(conclusions).optional(),
});
const RunChange = RunInput.pick({ status: true, conclusion: true });
const StatusInput = z.object({ state: z.enum(['error', 'failure', 'pending', 'success']), context: z.string().default('default') });

interface CheckRun {
  id: number;
  name: string;
  head_sha: string;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: (typeof conclusions)[number] | null;
}
interface Status {
  sha: string;
  context: string;
  state: z.infer<typeof StatusInput>['state'];
}

const passed: ReadonlySet<string | null> = new Set(['success', 'neutral', 'skipped']);

export class CheckBook {
  readonly runs: CheckRun[] = [];
  readonly statuses: Status[] = [];
  readonly #required: readonly string[];

  /** Names that branch protection asks for before anything is merged. */
  constructor(required: readonly string[]) {
    this.#required = required;
  }

  /** The newest of each name. */
  runsOf(sha: string): CheckRun[] {
    return newestOfEach(
      this.runs.filter((run) => run.head_sha === sha),
      ({ name }) => name,
    );
  }

  statusesOf(sha: string): Status[] {
    return newestOfEach(
      this.statuses.filter((status) => status.sha === sha),
      ({ context }) => context,
    );
  }

  missing(sha: string): string[] {
    const good = new Set([
      ...this.runsOf(sha).flatMap(({ name, conclusion }) => (passed.has(conclusion) ? [name] : [])),
      ...this.statusesOf(sha).flatMap(({ context, state }) => (state === 'success' ? [context] : [])),
    ]);
    return this.#required.filter((name) => !good.has(name));
  }

  isReady(sha: string): boolean {
    return this.missing(sha).length === 0;
  }
}

export function checkRoutes({ git }: Place, book: CheckBook): Route[] {
  async function newRun({ body }: Call): Promise<Answer> {
    const { name, head_sha: head, status, conclusion = null } = parsed(RunInput, body);
    const sha = await resolved(git, head, 422, `No commit found for SHA: ${head}`);
    const run: CheckRun = {
      id: book.runs.length + 1,
      name,
      head_sha: sha,
      status: conclusion ? 'completed' : (status ?? 'queued'),
      conclusion,
    };
    book.runs.push(run);
    return { body: run };
  }

  function changedRun({ part, body }: Call): Answer {
    const run = book.runs.find(({ id }) => String(id) === part.id);
    if (run === undefined) throw notFound();
    const { status, conclusion } = parsed(RunChange, body);
    run.conclusion = conclusion ?? run.conclusion;
    run.status = conclusion ? 'completed' : (status ?? run.status);
    return { status: 200, body: run };
  }

  async function newStatus({ part, body }: Call): Promise<Answer> {
    const sha = await resolved(git, part.sha ?? '', 422, `No commit found for SHA: ${part.sha}`);
    const status = { sha, ...parsed(StatusInput, body) };
    book.statuses.push(status);
    return { body: status };
  }

  async function runsOf({ part }: Call): Promise<Answer> {
    const runs = book.runsOf(await resolved(git, part.ref ?? '', 422, `No commit found for SHA: ${part.ref}`));
    return { body: { total_count: runs.length, check_runs: runs } };
  }

  async function statusOf({ part }: Call): Promise<Answer> {
    const sha = await resolved(git, part.ref ?? '', 404);
    const statuses = book.statusesOf(sha);
    const isBad = statuses.some(({ state }) => state === 'error' || state === 'failure');
    const isGood = statuses.length > 0 && statuses.every(({ state }) => state === 'success');
    return { body: { sha, state: isBad ? 'failure' : isGood ? 'success' : 'pending', total_count: statuses.length, statuses } };
  }

  return [
    { method: 'POST', path: '/check-runs', answer: newRun },
    { method: 'PATCH', path: '/check-runs/:id', answer: changedRun },
    { method: 'POST', path: '/statuses/:sha', answer: newStatus },
    { method: 'GET', path: '/commits/:ref/check-runs', answer: runsOf },
    { method: 'GET', path: '/commits/:ref/status', answer: statusOf },
  ];
}

function newestOfEach<T>(oldestFirst: readonly T[], nameOf: (one: T) => string): T[] {
  return [...new Map(oldestFirst.map((one) => [nameOf(one), one])).values()];
}
