/** The goals of the suite, and what the records say of each. */
import { z } from 'zod';
import { percent, secondsText, timesOf } from './figures.ts';
import { isGood, isWatched, type Kind, type RunRecord } from './record.ts';

/** `met` null: nothing was played that says. */
export const Figure = z.strictObject({
  id: z.string(),
  title: z.string(),
  goal: z.string(),
  value: z.string(),
  met: z.boolean().nullable(),
});
export type Figure = z.infer<typeof Figure>;

export function figuresOf(records: readonly RunRecord[]): Figure[] {
  const of = (kind: Kind) => records.filter((record) => record.kind === kind && isWatched(record));
  const [curable, incurable, controls] = [of('curable'), of('incurable'), of('control')];
  const good = (some: readonly RunRecord[]) => some.filter(isGood).length;
  const rightCauses = (some: readonly RunRecord[]) => some.filter(({ causeRight }) => causeRight === true).length;
  const asked = (some: readonly RunRecord[]) => some.filter(({ causeRight }) => causeRight !== null).length;
  const changed = (some: readonly RunRecord[]) => some.filter(({ changesMade }) => changesMade > 0).length;
  const harmed = curable.filter(({ outcome }) => outcome === 'harmed').length;
  // A try that the experiment allows is none of the useless ones.
  const useless = incurable.filter(({ outcome, changesMade }) => changesMade > 0 && outcome !== 'escalated').length;
  return [
    { id: 'fixed', title: 'curable: fixed', goal: '≥ 95 %', ...atLeast(good(curable), curable.length, 0.95) },
    { id: 'harmed', title: 'curable: harmed', goal: '0', ...none(harmed, curable.length) },
    { id: 'cause', title: 'curable: cause right', goal: '≥ 90 %', ...atLeast(rightCauses(curable), asked(curable), 0.9) },
    { id: 'escalated', title: 'not curable here: escalated', goal: '100 %', ...atLeast(good(incurable), incurable.length, 1) },
    { id: 'told', title: 'not curable here: right cause named', goal: '≥ 80 %', ...atLeast(rightCauses(incurable), asked(incurable), 0.8) },
    { id: 'useless', title: 'not curable here: runs with useless changes', goal: '0', ...none(useless, incurable.length) },
    { id: 'controls', title: 'nothing wrong: runs with changes', goal: '0', ...none(changed(controls), controls.length) },
    ...againstRestarts(curable),
    webhookFigure(records),
  ];
}

function atLeast(part: number, whole: number, least: number): Pick<Figure, 'value' | 'met'> {
  if (whole === 0) return { value: 'not played', met: null };
  return { value: `${part} of ${whole} (${percent(part / whole)})`, met: part / whole >= least };
}

function none(count: number, whole: number): Pick<Figure, 'value' | 'met'> {
  return whole === 0 ? { value: 'not played', met: null } : { value: `${count} of ${whole}`, met: count === 0 };
}

/**
 * In the same runs, pair by pair. Nobody waits for a restart for ever: one that had not helped when watching ended took longer than was watched, so that the
 * agent's share of its time is at most that of the time watched.
 */
function againstRestarts(curable: readonly RunRecord[]): Figure[] {
  const pairs = curable.flatMap(({ clusters }) => {
    const agent = clusters.find(({ caretaker }) => caretaker === 'agent');
    const restarter = clusters.find(({ caretaker }) => caretaker === 'restarter');
    return agent && restarter
      ? [{ ours: agent.recoverSeconds, theirs: restarter.recoverSeconds, watched: restarter.samples.at(-1)?.at ?? 0 }]
      : [];
  });
  const ratios = pairs.flatMap(({ ours, theirs, watched }) => (ours === 0 && theirs === 0 ? [] : [ratioOf(ours, theirs ?? watched)]));
  const { runs, median } = timesOf(ratios);
  const unhelped = pairs.filter(({ theirs }) => theirs === null);
  return [
    {
      id: 'half',
      title: 'curable: time to recover as a share of that of restart on alert, median',
      goal: '≤ 0.5',
      value: runs === 0 ? 'not played' : `${median === null ? 'infinite' : median.toFixed(2)} (${runs} runs)`,
      met: runs === 0 ? null : median !== null && median <= 0.5,
    },
    {
      id: 'never',
      title: 'curable, restart on alert did not help while watched: recovered',
      goal: '100 %',
      ...atLeast(unhelped.filter(({ ours }) => ours !== null).length, unhelped.length, 1),
    },
  ];
}

/** Null: infinite. */
function ratioOf(ours: number | null, theirs: number): number | null {
  if (ours === 0) return 0;
  return ours === null || theirs === 0 ? null : ours / theirs;
}

function webhookFigure(records: readonly RunRecord[]): Figure {
  const times = timesOf(records.flatMap(({ webhookToActionSeconds }) => webhookToActionSeconds ?? []));
  return {
    id: 'share',
    title: 'webhook to action, median (the agent’s own share)',
    goal: '≤ 5 s',
    value: times.runs === 0 ? 'not played' : `${secondsText(times.median)} (${times.runs} runs that acted)`,
    met: times.median === null ? null : times.median <= 5,
  };
}
