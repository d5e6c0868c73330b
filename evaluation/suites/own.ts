/** Cases of our own making, which lie in the repository: what no public data set holds, and what runs where none lies. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { Case, type CaseAnswer } from '../../agent/diagnosis/case/case.ts';
import { answersOf, ask } from '../command.ts';
import { brief, type Figure } from '../figure.ts';
import type { Claim } from '../scores/calibration.ts';
import { comparison, otherWords, translated } from './copies.ts';
import type { Suite } from './suite.ts';

const suite = 'own';
const folder = fileURLToPath(new URL('../own-data/', import.meta.url));

export type Expected = z.infer<typeof Expected>;
/** Only what is given is scored. */
export const Expected = z.strictObject({
  id: z.string(),
  /** What the case is about, for people. */
  about: z.string(),
  abstain: z.boolean(),
  node: z.string().optional(),
  /** Any of these. */
  causes: z.array(z.string()).optional(),
  change: z.string().optional(),
  actions: z.array(z.string()).optional(),
});

export function readOwnData(): { questions: Case[]; expected: Expected[] } {
  const lines = readFileSync(`${folder}cases.jsonl`, 'utf8').split('\n').filter(Boolean);
  return {
    questions: lines.map((line) => Case.parse(JSON.parse(line))),
    expected: z.array(Expected).parse(JSON.parse(readFileSync(`${folder}answers.json`, 'utf8'))),
  };
}

export const own: Suite = {
  id: suite,
  title: 'Cases of our own',
  needs: null,
  async run(_folder, { seed }) {
    const { questions, expected } = readOwnData();
    const answers = answersOf(await ask(questions));
    const wrong = expected.map((one, at) => (answers[at] ? faultsOf(one, answers[at]) : ['no answer']));
    const copies = questions.map((question, at) => otherWords(question, seed, at));
    const again = answersOf(await ask(copies.map(({ question }) => question))).map((answer, at) =>
      copies[at] ? translated(answer, copies[at]) : answer,
    );
    const same = comparison(suite, answers, again, { compare: 'at least', value: 1 });
    const figure = (title: string, right: number, of: number): Figure => ({
      suite,
      title,
      ours: { right, of },
      published: '',
      goal: { compare: 'at least', value: 1 },
    });
    return {
      figures: [
        figure('cases answered right in every part', wrong.filter((faults) => faults.length === 0).length, expected.length),
        same.figure,
      ],
      claims: answers.flatMap(({ abstain, confidence }, at): Claim[] =>
        abstain ? [] : [{ confidence, isRight: wrong[at]?.length === 0 }],
      ),
      misses: [
        ...expected.flatMap(({ id, about }, at) => {
          const [faults, answer] = [wrong[at] ?? [], answers[at]];
          return faults.length === 0 || !answer
            ? []
            : [{ suite, case: id, expected: `${about}: ${faults.join(', ')}`, got: brief(answer) }];
        }),
        ...same.misses,
      ],
      notes: [],
    };
  },
};

/** What an answer should have said and did not. */
export function faultsOf({ abstain, node, causes, change, actions }: Expected, answer: CaseAnswer): string[] {
  return [
    ...(answer.abstain === abstain ? [] : [abstain ? 'to abstain' : 'not to abstain']),
    ...(node === undefined || answer.ranked[0]?.node === node ? [] : [`${node} first`]),
    ...(causes === undefined || causes.includes(answer.cause) ? [] : [`cause ${causes.join(' or ')}`]),
    ...(change === undefined || answer.change === change ? [] : [`change ${change}`]),
    ...(actions === undefined || actions.includes(answer.action) ? [] : [`action ${actions.join(' or ')}`]),
  ];
}
