/** Grouping of log lines: one configuration for all systems. */
import { type LabelledLog, loadLoghub } from '../datasets/loghub.ts';
import { groupMessages } from '../engine.ts';
import type { Figure } from '../figure.ts';
import { type GroupingScore, scoreGrouping } from '../scores/grouping.ts';
import type { Suite } from './suite.ts';

const published = 'Drain 0.879, Brain 0.986, both tuned per system; DivLog (a model) 0.909';

export const loghub: Suite = {
  id: 'loghub',
  title: 'Loghub: lines grouped by their template',
  needs: 'loghub',
  async run(folder) {
    const logs = loadLoghub(folder);
    const scored = logs.map((log) => ({ log, score: scoreGrouping(groupMessages(log.messages), log.events) }));
    const [plain, corrected] = [scored.filter(({ log }) => !log.isCorrected), scored.filter(({ log }) => log.isCorrected)];
    const figure = (title: string, ours: number, words: string, goal: Figure['goal']): Figure => ({
      suite: 'loghub',
      title,
      ours: { value: ours, unit: '' },
      published: words,
      goal,
    });
    return {
      figures: [
        figure(`group accuracy, mean of ${plain.length} systems`, mean(plain, 'groupAccuracy'), published, {
          compare: 'at least',
          value: 0.93,
        }),
        figure('F1 over groups', mean(plain, 'groupF1'), '', null),
        ...(corrected.length === 0
          ? []
          : [
              figure('group accuracy, corrected labels', mean(corrected, 'groupAccuracy'), '', null),
              figure('F1 over groups, corrected labels', mean(corrected, 'groupF1'), '', null),
            ]),
      ],
      claims: [],
      misses: scored.filter(({ score }) => score.groupAccuracy < 1).map(missOf),
      notes: [],
    };
  },
};

function mean(scored: readonly { score: GroupingScore }[], of: keyof GroupingScore): number {
  return scored.reduce((total, { score }) => total + score[of], 0) / scored.length;
}

function missOf({ log, score }: { log: LabelledLog; score: GroupingScore }) {
  const name = log.isCorrected ? `${log.system}, corrected labels` : log.system;
  return {
    suite: 'loghub',
    case: name,
    expected: 'every group one event',
    got: `group accuracy ${score.groupAccuracy.toFixed(4)}, F1 ${score.groupF1.toFixed(4)}`,
  };
}
