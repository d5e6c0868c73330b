/** What the metrics show of an operational cause: a volume nearly full, a validity that ran out, a share of stolen time that rose. */
import type { Case, Series } from '../case.ts';
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
  const points = series.t.flatMap((t, i) => (typeof series.v[i] === 'number' ? [{ t, v: series.v[i] }] : []));
  const now = points.filter(({ t }) => Math.abs(t - at) <= near).map(({ v }) => v);
  if (now.length === 0) return false;
  const [least, most] = [Math.min(...now), Math.max(...now)];
  const everything = Math.max(...points.map(({ v }) => v));
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
