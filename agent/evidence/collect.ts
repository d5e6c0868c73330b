/** Asks every source at once, each with its own deadline, and records what came back. A source that overruns or breaks becomes a `failed` answer. */
import type { Clock } from '../domain/clock.ts';
import { InvariantError } from '../domain/errors.ts';
import type { Evidence, EvidenceQuestion, Fact } from '../domain/evidence.ts';
import { EvidenceId } from '../domain/ids.ts';
import { withoutSecretsIn } from '../domain/secret-text.ts';
import { cleanText, failureText } from './answer.ts';
import type { EvidenceAnswer, EvidenceSource } from './source.ts';

/** Evidence is stored whole: one noisy cluster must not fill the database. */
const maxFacts = 5_000;
const maxBytes = 1_000_000;

export interface CollectOptions {
  /** Time each source has, milliseconds. */
  deadlineMs: number;
  clock: Clock;
  newId: () => string;
  /** Ends the whole round: then, and only then, the promise rejects, with the signal's reason. */
  signal: AbortSignal;
}

/** One piece of evidence per source, in the order of the sources. */
export async function collectEvidence(
  sources: readonly EvidenceSource[],
  question: EvidenceQuestion,
  options: CollectOptions,
): Promise<Evidence[]> {
  options.signal.throwIfAborted();
  for (const name of ['onset', 'now'] as const) {
    if (Number.isNaN(question[name].getTime())) throw new InvariantError(`evidence question: ${name} is not a date`);
  }
  return Promise.all(sources.map((source) => collectFrom(source, question, options)));
}

async function collectFrom(source: EvidenceSource, question: EvidenceQuestion, options: CollectOptions): Promise<Evidence> {
  const { clock, newId, deadlineMs, signal } = options;
  // Before the answers come: ids in the order of the sources, however quick each is.
  const id = EvidenceId.parse(newId());
  const started = clock.now();
  const answer = bounded(await beforeDeadline(source, question, deadlineMs, clock, signal));
  // Whatever a source let through.
  return withoutSecretsIn({
    id,
    source: source.id,
    question: answer.question,
    from: new Date(question.onset.getTime() - question.baselineSeconds * 1_000).toISOString(),
    to: question.now.toISOString(),
    status: answer.status,
    detail: answer.detail,
    durationMs: Math.max(0, clock.now().getTime() - started.getTime()),
    ...(answer.cost === undefined ? {} : { cost: answer.cost }),
    facts: answer.facts,
  });
}

/** A source that ignores its signal is left behind: its late answer is dropped. */
async function beforeDeadline(
  source: EvidenceSource,
  question: EvidenceQuestion,
  deadlineMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<EvidenceAnswer> {
  const asking = new AbortController();
  const timer = new AbortController();
  const failed = (detail: string): EvidenceAnswer => ({ status: 'failed', question: wording(source, question), detail, facts: [] });
  const outcome = Promise.withResolvers<EvidenceAnswer>();
  const stop = () => {
    asking.abort(signal.reason);
    outcome.reject(signal.reason);
  };
  signal.addEventListener('abort', stop, { once: true });
  clock.sleep(deadlineMs, timer.signal).then(
    () => {
      const overrun = `timeout: ${source.id} gave no answer within ${deadlineMs} ms`;
      outcome.resolve(failed(overrun));
      asking.abort(new Error(overrun));
    },
    () => {},
  );
  Promise.resolve()
    .then(() => source.ask(question, asking.signal))
    .then(outcome.resolve, (error: unknown) => outcome.resolve(failed(failureText(error))));
  try {
    return await outcome.promise;
  } finally {
    timer.abort();
    signal.removeEventListener('abort', stop);
  }
}

function wording(source: EvidenceSource, { cluster, focus }: EvidenceQuestion): string {
  return `${source.id} about cluster ${cleanText(cluster, 100)}, services ${cleanText(focus.join(', '), 200) || 'none'}`;
}

/** Facts as the store will read them back: plain JSON, within the limits. */
function bounded(answer: EvidenceAnswer): EvidenceAnswer {
  const facts: Fact[] = [];
  let bytes = 0;
  try {
    for (const fact of answer.facts) {
      const text = JSON.stringify(fact);
      bytes += Buffer.byteLength(text);
      if (facts.length === maxFacts || bytes > maxBytes) {
        const cut = `only the first ${facts.length} of ${answer.facts.length} facts were kept`;
        return { ...answer, status: 'truncated', detail: [answer.detail, cut].filter(Boolean).join('; '), facts };
      }
      facts.push(JSON.parse(text) as Fact);
    }
  } catch (error) {
    return { ...answer, status: 'failed', detail: `server: a fact is not plain JSON: ${failureText(error)}`, facts: [] };
  }
  return { ...answer, facts };
}
