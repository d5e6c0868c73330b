/** One look: sends the queries, some at a time, and keeps what was answered and what is missing. */
import type { CallEdge, EvidenceQuestion, MetricSeries } from '../../domain/evidence.ts';
import { cleanText, inParallel } from '../answer.ts';
import { Gaps } from '../gaps.ts';
import { type Asking, query, queryRange } from './client.ts';
import { withNeighbours } from './edges.ts';
import type { Answered } from './facts.ts';
import { gridOf, historyQueries, seriesOf } from './history.ts';
import { type Question, questions, type Window } from './queries.ts';
import type { Config } from './settings.ts';

export interface Round {
  settings: Config;
  question: EvidenceQuestion;
  asking: Asking;
  gaps: Gaps;
  /** Why a query failed; rejects when the caller gave up. */
  reasonOf(error: unknown): string;
}

/** What every signal is now and was before, in the order in which the answers came. */
export async function readSignals({ settings, question, asking, gaps, reasonOf }: Round): Promise<Answered[]> {
  const all = questions(settings, question.cluster, [...new Set(question.focus)], windows(question), settings.staleAfterSeconds);
  gaps.expect(all.length);
  const answered: Answered[] = [];
  await inParallel(
    settings.concurrency,
    all.map((one) => async () => {
      try {
        const { samples, warnings } = await query(asking, one.expression, one.at);
        if (samples.length > settings.maxSeries) gaps.add(nameOf(one), `only ${settings.maxSeries} of ${samples.length} rows were read`);
        for (const warning of warnings) gaps.add(nameOf(one), `warning: ${cleanText(warning, 200)}`);
        answered.push({ question: one, samples: samples.slice(0, settings.maxSeries) });
      } catch (error) {
        gaps.add(nameOf(one), reasonOf(error));
      }
    }),
  );
  return answered;
}

export interface History {
  series: MetricSeries[];
  /** How the question reads. */
  asked: string;
  /** What was left out. The signals are complete without it, and what would be judged without a past is judged without it then. */
  notes: string[];
}

/** The past of the services in focus and of their neighbours. One that is known in part only could point at the wrong service: then there is none. */
export async function readHistory(round: Round, edges: readonly CallEdge[]): Promise<History> {
  const { settings, question, asking, reasonOf } = round;
  if (settings.historySeconds === 0 || question.focus.length === 0) return { series: [], asked: '', notes: [] };
  const gaps = new Gaps();
  const notes: string[] = [];
  const wanted = withNeighbours(question.focus, edges);
  const services = wanted.slice(0, settings.historyMaxServices);
  if (services.length < wanted.length) notes.push(`series of only ${services.length} of ${wanted.length} services were read`);
  const calls = new Set(
    edges.filter(({ caller }) => services.includes(caller)).map(({ caller, callee }) => JSON.stringify([caller, callee])),
  );
  const grid = gridOf(settings, question, services.length, calls.size);
  const all = historyQueries(settings, question.cluster, services, grid);
  gaps.expect(all.length);
  let points = 0;
  const read = await inParallel(
    settings.concurrency,
    all.map((one) => async (): Promise<MetricSeries[]> => {
      try {
        const { tracks, warnings } = await queryRange(asking, one.expression, grid);
        for (const warning of warnings) gaps.add(one.name, `warning: ${cleanText(warning, 200)}`);
        return seriesOf(one, tracks, grid);
      } catch (error) {
        gaps.add(one.name, reasonOf(error));
        return [];
      }
    }),
  );
  const found = read.flat();
  const series = found.filter((one) => {
    points += one.points.length;
    return points <= settings.historyMaxPoints;
  });
  if (series.length < found.length) notes.push(`only ${series.length} of ${found.length} series were kept`);
  const lost = gaps.texts();
  const from = new Date(grid.start * 1_000).toISOString();
  const asked = `; series of ${services.length} services since ${from} in steps of ${grid.step} s`;
  return lost.length === 0 ? { series, asked, notes } : { series: [], asked, notes: [`series were left out: ${lost.join('; ')}`] };
}

function nameOf({ scope, measure, when }: Question): string {
  return `${scope} ${measure} ${when}`;
}

/**
 * The baseline ends one recent window before the onset: a rule over such a window fires late, so the onset it implies lies behind the
 * first bad samples.
 */
function windows({ onset, now, recentSeconds, baselineSeconds }: EvidenceQuestion): Window[] {
  const start = Math.min(onset.getTime(), now.getTime());
  return [
    { when: 'now', at: now, seconds: recentSeconds },
    { when: 'before', at: new Date(start - recentSeconds * 1_000), seconds: baselineSeconds },
  ];
}
