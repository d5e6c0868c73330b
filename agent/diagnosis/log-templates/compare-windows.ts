/** Which kinds of lines came, went, or changed their pace between two windows. Counts only: it knows neither clock nor text. */

export interface WindowCounts {
  /** Length of the window. */
  seconds: number;
  /** Lines by the id of their kind. */
  counts: ReadonlyMap<number, number>;
  /**
   * Variance by mean of a kind's counts in equal parts of the window: lines come in bursts, and what comes in bursts of ten is ten times less news.
   * 1 (independent lines, Poisson) where it is not known.
   */
  dispersion?: ReadonlyMap<number, number>;
}

export const shiftKinds = ['appeared', 'vanished', 'risen', 'fallen'] as const;
export type ShiftKind = (typeof shiftKinds)[number];

export interface TemplateShift {
  id: number;
  kind: ShiftKind;
  baseline: number;
  recent: number;
  /** Lines the recent window would hold at the baseline's pace. */
  expected: number;
  /** Recent by expected; Infinity of what appeared. */
  ratio: number;
  /** −log10 of the chance (an upper bound) that one unchanged pace gives counts so far apart: 3 is one in a thousand. */
  surprise: number;
  /** The same in words, without the template. */
  evidence: string;
}

export interface CompareSettings {
  /** Below it a kind has not vanished, risen or fallen: a rare one that did not come says nothing. What appeared is told with any surprise. */
  minSurprise: number;
  /** A kind has risen or fallen by this factor at least. */
  minRatio: number;
}

export const defaultCompareSettings: CompareSettings = { minSurprise: 3, minRatio: 2 };

/** The most surprising first. Empty when one of the windows has no length. */
export function compareWindows(baseline: WindowCounts, recent: WindowCounts, settings: Partial<CompareSettings> = {}): TemplateShift[] {
  const { minSurprise, minRatio } = { ...defaultCompareSettings, ...settings };
  if (!(baseline.seconds > 0) || !(recent.seconds > 0)) return [];
  const share = recent.seconds / (recent.seconds + baseline.seconds);
  const shifts: TemplateShift[] = [];
  for (const id of new Set([...baseline.counts.keys(), ...recent.counts.keys()])) {
    const [before, since] = [baseline.counts.get(id) ?? 0, recent.counts.get(id) ?? 0];
    if (before + since <= 0) continue;
    const expected = (before * recent.seconds) / baseline.seconds;
    const ratio = expected === 0 ? Number.POSITIVE_INFINITY : since / expected;
    const surprise = surpriseOf(since, before + since, share) / Math.max(1, baseline.dispersion?.get(id) ?? 1);
    const kind = kindOf(before, since, ratio, minRatio);
    if (kind === undefined || (kind !== 'appeared' && surprise < minSurprise)) continue;
    const shift = { id, kind, baseline: before, recent: since, expected, ratio, surprise };
    shifts.push({ ...shift, evidence: inWords(shift, baseline.seconds, recent.seconds) });
  }
  return shifts.sort(
    (one, other) => other.surprise - one.surprise || other.recent - one.recent || other.baseline - one.baseline || one.id - other.id,
  );
}

function kindOf(before: number, since: number, ratio: number, minRatio: number): ShiftKind | undefined {
  if (before === 0) return 'appeared';
  if (since === 0) return 'vanished';
  if (ratio >= minRatio) return 'risen';
  return ratio <= 1 / minRatio ? 'fallen' : undefined;
}

/**
 * Of `total` lines at one pace each falls into the recent window with probability `share`, so their number there is binomial (two Poisson counts given
 * their sum). Chernoff's bound on its tail, exact for none and for all of them; for none of many it is e^−expected, the Poisson chance of silence.
 */
function surpriseOf(since: number, total: number, share: number): number {
  const seen = since / total;
  const part = (observed: number, presumed: number): number => (observed === 0 ? 0 : observed * Math.log(observed / presumed));
  return Math.max(0, (total * (part(seen, share) + part(1 - seen, 1 - share))) / Math.LN10);
}

function inWords({ kind, baseline, recent, expected, surprise }: Omit<TemplateShift, 'evidence'>, before: number, since: number): string {
  const came = `${times(recent)} in the ${length(since)} since`;
  const chance =
    surprise >= 1 ? `; by chance less than 1 in ${Number((10 ** Math.min(surprise, 9)).toPrecision(2)).toLocaleString('en')}` : '';
  const usual = `${times(baseline)} in the ${length(before)} before, so ${rounded(expected)} were due`;
  if (kind === 'appeared') return `appeared: ${came}, never in the ${length(before)} before${chance}`;
  if (kind === 'vanished') return `vanished: not once in the ${length(since)} since, ${usual}${chance}`;
  return `${kind}: ${came}, ${usual}${chance}`;
}

const times = (count: number): string => (count === 1 ? 'once' : `${rounded(count)} times`);
const rounded = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });
const length = (seconds: number): string => (seconds < 600 ? `${rounded(seconds)} s` : `${rounded(seconds / 60)} min`);
