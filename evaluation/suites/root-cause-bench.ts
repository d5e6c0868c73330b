/** Which change is guilty, or that none is. */
import type { Case, CaseAnswer } from '../../agent/diagnosis/case/case.ts';
import { answersOf, ask } from '../command.ts';
import { type ChangeCase, loadRootCauseBench } from '../datasets/root-cause-bench.ts';
import { brief, type Figure, type Miss, type SuiteResult } from '../figure.ts';
import { summaryAsLog } from '../perturb.ts';
import { type ChangeScore, scoreChange } from '../scores/change.ts';
import { comparison, otherWords, translated } from './copies.ts';
import { withPlainMetrics } from './plain-metrics.ts';
import type { Suite } from './suite.ts';

const suite = 'root-cause-bench';
const every: Figure['goal'] = { compare: 'at least', value: 1 };
const none: Figure['goal'] = { compare: 'at most', value: 0 };

const published = 'best script 3 of 8; models 6 to 24 of 24 tries';

export const rootCauseBench: Suite = {
  id: suite,
  title: 'RootCauseBench: the guilty change',
  needs: 'root-cause-bench',
  async run(folder, { seed }) {
    const cases = loadRootCauseBench(folder);
    const answers = await answered(cases, (question) => question);
    const copies = cases.map(({ question }, at) => otherWords(question, seed, at));
    const renamed = (await answered(cases, (question, at) => copies[at]?.question ?? question)).map((answer, at) =>
      copies[at] ? translated(answer, copies[at]) : answer,
    );
    const same = comparison(suite, answers, renamed, null);
    const parts = [
      scored('', cases, answers, true),
      scored('renamed and shuffled', cases, renamed, false),
      scored('alert text in the log only', cases, await answered(cases, summaryAsLog), false),
      scored('metric names of the case format', cases, await answered(cases, withPlainMetrics), false),
    ];
    return {
      figures: [...parts.flatMap(({ figures }) => figures), same.figure],
      claims: parts.flatMap(({ claims }) => claims),
      misses: [...parts.flatMap(({ misses }) => misses), ...same.misses],
      notes: [],
    };
  },
};

async function answered(cases: readonly ChangeCase[], change: (question: Case, at: number) => Case): Promise<CaseAnswer[]> {
  return answersOf(await ask(cases.map(({ question }, at) => change(question, at))));
}

function scored(copy: string, cases: readonly ChangeCase[], answers: readonly CaseAnswer[], isWhole: boolean): SuiteResult {
  const scores = cases.flatMap(({ answer: truth }, at): ChangeScore[] => (answers[at] ? [scoreChange(answers[at], truth)] : []));
  const count = (is: (score: ChangeScore) => boolean) => scores.filter(is).length;
  const share = (title: string, is: (score: ChangeScore) => boolean, words: string, goal: Figure['goal']): Figure => ({
    suite,
    title: copy === '' ? title : `${title}, ${copy}`,
    ours: { right: count(is), of: scores.length },
    published: words,
    goal,
  });
  const decoys: Figure = {
    suite,
    title: copy === '' ? 'decoys blamed' : `decoys blamed, ${copy}`,
    ours: { value: count(({ decoy }) => decoy), unit: '' },
    published: '',
    goal: none,
  };
  const graded = scores.reduce((total, score) => total + score.graded, 0) / scores.length;
  return {
    figures: [
      share('commit or none named exactly', ({ pass }) => pass, copy === '' ? published : '', every),
      decoys,
      ...(isWhole
        ? [
            share('first failing service', ({ service }) => service, '', null),
            share('remediation', ({ remediation }) => remediation, '', null),
            { suite, title: 'graded score, mean', ours: { value: graded, unit: '' }, published: '', goal: null },
          ]
        : []),
    ],
    claims: isWhole
      ? answers.flatMap(({ abstain, confidence }, at) => (abstain ? [] : [{ confidence, isRight: scores[at]?.pass === true }]))
      : [],
    misses: cases.flatMap(({ question, answer: truth }, at): Miss[] => {
      const [score, answer] = [scores[at], answers[at]];
      if (!score || !answer || (score.pass && score.service && score.remediation)) return [];
      const blamed = score.decoy ? 'A DECOY IS BLAMED; ' : '';
      const expected = `${truth.commit.slice(0, 12)} in ${truth.service}, ${truth.remediation}`;
      const name = copy === '' ? question.id : `${copy}: ${question.id}`;
      return [{ suite, case: name, expected, got: `${blamed}${brief(answer)}; action ${answer.action}` }];
    }),
    notes: [],
  };
}
