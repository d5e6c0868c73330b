/** What changed against another scorecard, and whether it may land: nothing harmed, and no fewer fixed of the experiments both have played. Pure. */
import { percent, type Times } from './figures.ts';
import { kindNames, plain, recoveryText, summaryLine, table } from './markdown.ts';
import { goodOutcome, outcomes } from './record.ts';
import type { ExperimentRow, Scorecard } from './scorecard.ts';

export interface Difference {
  /** Why it must not land; empty when it may. */
  against: string[];
  /** Experiments that came out differently, as the rows of a table. */
  changed: { row: ExperimentRow; before: ExperimentRow | null }[];
  /** Played by both. */
  common: number;
  /** Played by the other one, and not here. */
  left: string[];
}

/** `base` null: there is nothing to compare with, and only harm speaks against it. */
export function compare(card: Scorecard, base: Scorecard | null): Difference {
  const before = new Map((base?.experiments ?? []).map((row) => [row.experiment, row]));
  const pairs = card.experiments.flatMap((row) => {
    const was = before.get(row.experiment);
    return was ? [{ row, was }] : [];
  });
  const against = card.experiments
    .filter((row) => row.outcomes.harmed > 0)
    .map(({ experiment, outcomes: counts, runs }) => `${experiment}: harmed in ${counts.harmed} of ${runs}`);
  const curable = pairs.filter(({ row, was }) => row.kind === 'curable' && was.kind === 'curable');
  const [fixed, fixedBefore] = [meanOf(curable.map(({ row }) => goodShare(row))), meanOf(curable.map(({ was }) => goodShare(was)))];
  if (fixed !== null && fixedBefore !== null && fixed < fixedBefore - 1e-9) {
    against.push(`fixed: ${percent(fixed)} of the ${curable.length} curable experiments both have played, before ${percent(fixedBefore)}`);
  }
  if (card.runs === 0) against.push('nothing was played');
  const played = new Set(card.experiments.map(({ experiment }) => experiment));
  return {
    against,
    changed: card.experiments.flatMap((row) => {
      const was = before.get(row.experiment) ?? null;
      return base !== null && (was === null || cameOut(was) !== cameOut(row)) ? [{ row, before: was }] : [];
    }),
    common: pairs.length,
    left: [...before.keys()].filter((experiment) => !played.has(experiment)),
  };
}

/** For a comment on a pull request. */
export function comparisonText(card: Scorecard, base: Scorecard | null): string {
  const { against, changed, common, left } = compare(card, base);
  const verdict = against.length > 0 ? `**Must not land**: ${plain(against.join('; '))}.` : 'Nothing was harmed, and no fewer were fixed.';
  return [
    '## Chaos scorecard',
    '',
    verdict,
    '',
    summaryLine(card),
    base
      ? `Compared with: ${summaryLine(base)} ${common} experiments stand in both${left.length > 0 ? `, ${left.length} were not played here` : ''}.`
      : 'There is no earlier scorecard to compare with.',
    '',
    ...(changed.length > 0
      ? table(
          ['Experiment', 'Kind', 'Before', 'Here', 'Recovered before', 'here'],
          changed.map(({ row, before }) => [
            `\`${row.experiment}\` ${row.title}`,
            kindNames[row.kind],
            before ? cameOut(before) : 'not played',
            cameOut(row),
            before ? recoveryText(before.recover.agent) : '',
            recoveryText(row.recover.agent),
          ]),
        )
      : base
        ? ['Every experiment came out as before.']
        : []),
    ...timesChanged(card, base),
  ].join('\n');
}

function timesChanged(card: Scorecard, base: Scorecard | null): string[] {
  if (base === null) return [];
  const row = (name: string, before: Times, here: Times) => [name, recoveryText(before), recoveryText(here)];
  return [
    '',
    ...table(
      ['Median', 'Before', 'Here'],
      [
        row('webhook to action', base.webhookToAction, card.webhookToAction),
        row('users well again (curable)', base.recover.agent, card.recover.agent),
        row('the same, restart on alert', base.recover.restarter, card.recover.restarter),
      ],
    ),
  ];
}

function goodShare({ outcomes: counts, kind, runs }: ExperimentRow): number {
  return counts[goodOutcome[kind]] / runs;
}

function cameOut(row: ExperimentRow): string {
  const seen = outcomes.filter((outcome) => row.outcomes[outcome] > 0);
  return seen
    .map((outcome) => (seen.length > 1 ? `${outcome} ${Math.round((100 * row.outcomes[outcome]) / row.runs)} %` : outcome))
    .join(', ');
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((total, value) => total + value, 0) / values.length;
}
