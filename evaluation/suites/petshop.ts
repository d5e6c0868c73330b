/** Which node is guilty, over call graphs and metrics; and whether the engine keeps silent where nothing is wrong. */
import type { Case, CaseAnswer } from '../../agent/diagnosis/case/case.ts';
import { createRandom } from '../../chaos/crash/random.ts';
import { answersOf, ask } from '../command.ts';
import { loadPetShop, type RankingCase } from '../datasets/petshop.ts';
import { brief, type Figure, type Miss, type SuiteResult } from '../figure.ts';
import { disturb, shift } from '../perturb.ts';
import type { Claim } from '../scores/calibration.ts';
import { rankOf } from '../scores/ranking.ts';
import { comparison, otherWords, translated } from './copies.ts';
import type { Suite, SuiteOptions } from './suite.ts';

const suite = 'petshop';
const every: Figure['goal'] = { compare: 'at least', value: 1 };

/** Table 8 of the paper, best method of each stratum; see docs/evaluation.md. */
const published: Readonly<Record<string, string>> = {
  'with history, latency': 'Traversal 0.57, Correlation 0.43',
  'with history, availability': 'Correlation 0.75, RCD 0.58',
  'without history, latency': 'Traversal 1.00, CIRCA 0.75',
  'without history, availability': 'Correlation 0.62, RCD 0.50',
};

export const petshop: Suite = {
  id: suite,
  title: 'PetShop: the guilty node',
  needs: 'petshop',
  async run(folder, options) {
    const { cases, quiet } = loadPetShop(folder);
    const answers = answersOf(await ask(cases.map(({ question }) => question)));
    const parts = [
      incidents(cases, answers),
      await inOtherWords(cases, answers, options.seed),
      await repeated('times as in the files', loadPetShop(folder, { historyTimes: 'as in the files' }).cases, (question) => question),
      ...(options.thorough ? await morePerturbed(cases, options) : []),
      await silence(quiet()),
      ...(options.thorough
        ? [await otherSilence('rows after it known too', quiet('around')), await otherSilence('no history', quiet('none'))]
        : []),
    ];
    return {
      figures: parts.flatMap(({ figures }) => figures),
      claims: parts.flatMap(({ claims }) => claims),
      misses: parts.flatMap(({ misses }) => misses),
      notes: [],
    };
  },
};

function stratumOf({ hasHistory, question }: RankingCase): string {
  return `${hasHistory ? 'with' : 'without'} history, ${question.alert.metric}`;
}

function incidents(cases: readonly RankingCase[], answers: readonly CaseAnswer[]): SuiteResult {
  const ranks = ranksOf(cases, answers);
  const share = (
    title: string,
    words: string,
    goal: Figure['goal'],
    isIn: (one: RankingCase) => boolean,
    isRight: (at: number) => boolean,
  ): Figure => {
    const chosen = cases.flatMap((one, at) => (isIn(one) ? [at] : []));
    return { suite, title, ours: { right: chosen.filter(isRight).length, of: chosen.length }, published: words, goal };
  };
  const isFirst = (at: number) => ranks[at] === 1;
  const strata = [...new Set(cases.map(stratumOf))].sort((one, other) => one.length - other.length || (one < other ? -1 : 1));
  const isConfirmed = (at: number) => answers[at]?.abstain === false;
  return {
    figures: [
      ...strata.map((stratum) => share(`top-1, ${stratum}`, published[stratum] ?? '', null, (one) => stratumOf(one) === stratum, isFirst)),
      share('top-1, all incidents', '', every, () => true, isFirst),
      share(
        'top-3, all incidents',
        '',
        null,
        () => true,
        (at) => (ranks[at] ?? Number.POSITIVE_INFINITY) <= 3,
      ),
      share('incidents confirmed', '', { compare: 'at least', value: 0.75 }, () => true, isConfirmed),
    ],
    claims: claimsOf(cases, answers),
    misses: missesOf('', cases, answers),
    notes: [],
  };
}

/** Names changed and lists shuffled: still right, and not even otherwise unsure. */
async function inOtherWords(cases: readonly RankingCase[], before: readonly CaseAnswer[], seed: number): Promise<SuiteResult> {
  const copies = cases.map(({ question }, at) => otherWords(question, seed, at));
  const asked = answersOf(await ask(copies.map(({ question }) => question)));
  const answers = asked.map((answer, at) => (copies[at] ? translated(answer, copies[at]) : answer));
  const { figure, misses } = comparison(suite, before, answers, every);
  return {
    figures: [top1('top-1, nodes renamed and lists shuffled', cases, answers, every), figure],
    claims: [],
    misses: [...missesOf('renamed: ', cases, answers), ...misses],
    notes: [],
  };
}

async function repeated(
  title: string,
  cases: readonly RankingCase[],
  change: (question: Case, at: number) => Case,
  goal: Figure['goal'] = every,
): Promise<SuiteResult> {
  const answers = answersOf(await ask(cases.map(({ question }, at) => change(question, at))));
  return {
    figures: [top1(`top-1, ${title}`, cases, answers, goal)],
    claims: [],
    misses: missesOf(`${title}: `, cases, answers),
    notes: [],
  };
}

/** How flat the score is around the data as it happens to be. */
async function morePerturbed(cases: readonly RankingCase[], { seed }: SuiteOptions): Promise<SuiteResult[]> {
  const results: SuiteResult[] = [];
  results.push(await repeated('all times 3.2 days later', cases, (question) => shift(question, 276_480)));
  results.push(
    await repeated(
      'alert 5 minutes later',
      cases,
      ({ alert, ...question }) => ({ ...question, alert: { ...alert, at: alert.at + 300 } }),
      null,
    ),
  );
  for (const spread of [0.05, 0.1, 0.2]) {
    const change = (question: Case, at: number) => disturb(question, createRandom(seed + at), { spread, lost: spread / 2 });
    const title = `values off by up to ${100 * spread} %, ${50 * spread} % lost`;
    results.push(await repeated(title, cases, change, null));
  }
  const recent = (question: Case) => lastSeconds(question, 3600);
  results.push(await repeated('the last hour only', cases, recent, null));
  return results;
}

function lastSeconds(question: Case, seconds: number): Case {
  const from = question.alert.at - seconds;
  const metrics = question.metrics.map((series) => {
    const kept = series.t.flatMap((t, at) => (t >= from ? [at] : []));
    return { ...series, t: kept.map((at) => series.t[at] ?? 0), v: kept.map((at) => series.v[at] ?? null) };
  });
  return { ...question, metrics };
}

/** Only the figure, and whom it blames: how silence holds up when more or less is known. */
async function otherSilence(what: string, quiet: Iterable<Case>): Promise<SuiteResult> {
  const { figures, misses } = await silence(quiet);
  const [all] = figures;
  return {
    figures: all ? [{ ...all, title: `${all.title}, ${what}`, goal: null }] : [],
    claims: [],
    misses: misses.map((miss) => ({ ...miss, case: `${what}: ${miss.case}` })),
    notes: [],
  };
}

async function silence(quiet: Iterable<Case>): Promise<SuiteResult> {
  const asked: { id: string; metric: string }[] = [];
  function* noted(): Generator<Case> {
    for (const one of quiet) {
      asked.push({ id: one.id, metric: one.alert.metric });
      yield one;
    }
  }
  const answers = answersOf(await ask(noted()));
  if (asked.length === 0)
    return { figures: [], claims: [], misses: [], notes: ['there is no fault-free history: silence was NOT measured'] };
  const metrics = [...new Set(asked.map(({ metric }) => metric))].sort();
  const figureOf = (title: string, words: string, goal: Figure['goal'], isIn: (metric: string) => boolean): Figure => {
    const chosen = answers.filter((_, at) => isIn(asked[at]?.metric ?? ''));
    return { suite, title, ours: { right: chosen.filter(({ abstain }) => abstain).length, of: chosen.length }, published: words, goal };
  };
  return {
    figures: [
      figureOf('silent on fault-free windows', '', { compare: 'at least', value: 0.99 }, () => true),
      ...metrics.map((metric) =>
        figureOf(
          `silent on fault-free windows, ${metric}`,
          metric === 'latency' ? 'Traversal 0.17–0.33' : '',
          null,
          (one) => one === metric,
        ),
      ),
    ],
    claims: answers.flatMap(({ abstain, confidence }): Claim[] => (abstain ? [] : [{ confidence, isRight: false }])),
    misses: answers.flatMap((answer, at): Miss[] =>
      answer.abstain ? [] : [{ suite, case: asked[at]?.id ?? '', expected: 'silence', got: brief(answer) }],
    ),
    notes: [],
  };
}

function ranksOf(cases: readonly RankingCase[], answers: readonly CaseAnswer[]): number[] {
  return cases.map(({ answer: { node } }, at) => (answers[at] ? rankOf(node, answers[at]) : Number.POSITIVE_INFINITY));
}

function top1(title: string, cases: readonly RankingCase[], answers: readonly CaseAnswer[], goal: Figure['goal']): Figure {
  const right = ranksOf(cases, answers).filter((rank) => rank === 1).length;
  return { suite, title, ours: { right, of: cases.length }, published: '', goal };
}

/** An answer that abstains claims nothing. */
function claimsOf(cases: readonly RankingCase[], answers: readonly CaseAnswer[]): Claim[] {
  return ranksOf(cases, answers).flatMap((rank, at): Claim[] => {
    const answer = answers[at];
    return !answer || answer.abstain ? [] : [{ confidence: answer.confidence, isRight: rank === 1 }];
  });
}

function missesOf(copy: string, cases: readonly RankingCase[], answers: readonly CaseAnswer[]): Miss[] {
  return ranksOf(cases, answers).flatMap((rank, at): Miss[] => {
    const [one, answer] = [cases[at], answers[at]];
    if (rank === 1 || !one || !answer) return [];
    return [{ suite, case: copy + one.question.id, expected: `${one.answer.node} first`, got: `${brief(answer)} (rank ${rank})` }];
  });
}
