/** What the metrics show of an operational cause: a volume nearly full, a validity that ran out, a share of stolen time that rose. */
import type { Case, Series } from '../case/case.ts';
import { shifts } from '../symptom/shifts.ts';
import type { OutsideCause } from './causes.ts';

export interface Shown {
  /** 0..1 */
  strength: number;
  evidence: string[];
}

const nothing: Shown = { strength: 0, evidence: [] };
/** Levels around the alert are read in this window, seconds. */
const near = 10 * 60;

export function shownByMetrics({ metrics = [] }: Pick<OutsideCause, 'metrics'>, given: Case): Shown {
  const evidence: string[] = [];
  for (const { name, shows } of metrics) {
    for (const series of given.metrics.filter((one) => name.test(one.metric))) {
      if (isShown(series, shows, given.alert.at)) evidence.push(`${series.metric} of ${series.node} ${shows.replace('-', ' ')}`);
    }
  }
  return evidence.length > 0 ? { strength: 0.75, evidence } : nothing;
}

function isShown(series: Series, shows: 'nearly-full' | 'reaches-zero' | 'rises' | 'falls', at: number): boolean {
  let [least, most, everything] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [i, t] of series.t.entries()) {
    const value = series.v[i];
    if (typeof value !== 'number') continue;
    everything = Math.max(everything, value);
    if (Math.abs(t - at) > near) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (most < least) return false;
  switch (shows) {
    case 'nearly-full':
      return (most >= 95 && everything <= 105) || (most >= 0.95 && everything <= 1.05 && most > least * 0.5);
    case 'reaches-zero':
      return least <= 0.02 * everything;
    case 'rises':
    case 'falls': {
      const [shift] = shifts([series], at);
      return shift !== undefined && shift.after > shift.before === (shows === 'rises');
    }
  }
}
