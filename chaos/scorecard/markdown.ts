/** The scorecard as Markdown: for a job's summary, a comment, and the page docs/chaos.md. */
import { percent, secondsText, type Times } from './figures.ts';
import { outcomes } from './record.ts';
import type { ExperimentRow, Scorecard } from './scorecard.ts';

/** Names of the kinds as people read them. */
export const kindNames = { curable: 'curable', incurable: 'not curable here', control: 'nothing wrong' } as const;

export function markdownOf(card: Scorecard): string {
  if (card.runs === 0) return 'Not measured yet.';
  return [
    summaryLine(card),
    '',
    ...table(
      ['Goal', 'Wanted', 'Measured', ''],
      card.figures.map(({ title, goal, value, met }) => [title, goal, value, met === null ? '' : met ? 'met' : '**MISSED**']),
    ),
    '',
    ...outcomesTable(card),
    '',
    ...timesTable(card),
    '',
    changesLine(card),
    '',
    ...table(
      ['Experiment', 'Kind', 'Came out as', 'Cause right', 'Changes', 'Recovered: agent', 'nobody', 'restart on alert'],
      card.experiments.map(experimentCells),
    ),
    ...badOnes(card),
  ].join('\n');
}

export function summaryLine({ runs, experiments, repeats, outcomes: counts, commits, stages, seconds }: Scorecard): string {
  const told = outcomes.flatMap((outcome) => (counts[outcome] > 0 ? [`${counts[outcome]} ${outcome}`] : []));
  const commit = commits.map((one) => `\`${one.slice(0, 7)}\``).join(', ');
  return `${runs} runs of ${experiments.length} experiments (up to ${repeats} each) on ${stages.join(', ')}, commit ${commit}, ${Math.round(seconds / 60)} minutes of playing: ${told.join(', ') || 'nothing'}.`;
}

function outcomesTable({ kinds }: Scorecard): string[] {
  const seen = outcomes.filter((outcome) => outcome === 'harmed' || kinds.some((row) => row.outcomes[outcome] > 0));
  return table(
    ['Kind', 'Experiments', 'Runs', ...seen, 'Cause right'],
    kinds.map((row) => [
      kindNames[row.kind],
      row.experiments,
      row.runs,
      ...seen.map((outcome) => row.outcomes[outcome]),
      rightOf(row.causeRight, row.causeAsked),
    ]),
  );
}

function timesTable({ detect, act, webhookToAction, recover }: Scorecard): string[] {
  const row = (name: string, { runs, never, median, p90 }: Times) => [name, runs, never, secondsText(median), secondsText(p90)];
  return table(
    ['Since the fault, while watched', 'Runs', 'Never', 'Median', 'p90'],
    [
      row('first webhook at the agent', detect),
      row('first change (curable)', act),
      row('from webhook to action', webhookToAction),
      row('users well again, with the agent', recover.agent),
      row('users well again, restart on alert', recover.restarter),
      row('users well again, nobody (ECS alone)', recover.nobody),
    ],
  );
}

function changesLine({ changes, modelCostUsd, calledForNothing, falseClaims }: Scorecard): string {
  const per = changes.perIncident === null ? '' : ` (${changes.perIncident.toFixed(2)} an incident)`;
  const cost = modelCostUsd.perIncident === null ? '' : ` (${modelCostUsd.perIncident.toFixed(4)} an incident)`;
  return `${changes.made} changes in ${changes.incidents} incidents${per}; models ${modelCostUsd.total.toFixed(2)} US dollars${cost}; people called where nothing was wrong: ${calledForNothing}; fixes claimed that were none: ${falseClaims}.`;
}

function experimentCells(row: ExperimentRow): (string | number)[] {
  const cameOut = outcomes.flatMap((outcome) => {
    const count = row.outcomes[outcome];
    return count === 0 ? [] : [count === row.runs && count === 1 ? outcome : `${outcome} ${count}/${row.runs}`];
  });
  return [
    `\`${row.experiment}\` ${row.title}`,
    kindNames[row.kind],
    cameOut.join(', '),
    rightOf(row.causeRight, row.causeAsked),
    row.changesMade,
    recoveryText(row.recover.agent),
    recoveryText(row.recover.nobody),
    recoveryText(row.recover.restarter),
  ];
}

export function recoveryText({ runs, median }: Times): string {
  if (runs === 0) return '';
  if (median === null) return 'not while watched';
  return median === 0 ? 'not felt' : secondsText(median);
}

function rightOf(right: number, asked: number): string {
  return asked === 0 ? '' : `${right}/${asked} (${percent(right / asked)})`;
}

function badOnes({ experiments }: Scorecard): string[] {
  const bad = experiments.filter(({ why }) => why.length > 0);
  if (bad.length === 0) return [];
  return ['', 'What did not go well:', '', ...bad.map(({ experiment, why }) => `- \`${experiment}\`: ${plain(why.join('; '))}`)];
}

export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map((cell) => plainCell(String(cell))).join(' | ')} |`;
  return [line(head), `| ${head.map(() => '---').join(' | ')} |`, ...rows.map(line)];
}

/** Reasons may quote what services wrote: on the page it stays text. */
export function plain(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[<>`|[\]@]/g, (character) => `\\${character}`)
    .trim();
}

function plainCell(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[<>|]/g, (character) => `\\${character}`);
}
