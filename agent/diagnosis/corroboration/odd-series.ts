/** Which series of a service are unusual since the onset, whatever they measure: for a person, when no rule knows what it means. It claims nothing. */
import { anomalies } from '../anomaly/anomalies.ts';
import type { View } from '../facts/view.ts';

/** Sentences told, and so long before the onset may the unusual begin: alerts come late. */
const told = 3;
const earlySeconds = 300;

/** The most unusual first. */
export function oddSeries(view: View, service: string): string[] {
  const since = view.onsetMs / 1000 - earlySeconds;
  return view.series
    .filter((series) => series.service === service)
    .flatMap(({ metric, stat, points }) => {
      const found = anomalies({ t: points.map(([t]) => t), v: points.map(([, v]) => v) }).filter(({ to }) => to >= since);
      const [worst] = found.sort((one, other) => other.score - one.score || other.to - one.to);
      return worst ? [{ worst, name: stat === '' ? metric : `${metric} ${stat}` }] : [];
    })
    .sort((one, other) => other.worst.score - one.worst.score || one.worst.from - other.worst.from || one.name.localeCompare(other.name))
    .slice(0, told)
    .map(({ worst: { kind, seen, expected, from }, name }) => {
      const seconds = Math.round(from - view.onsetMs / 1000);
      return `${name} shows a ${kind} ${Math.abs(seconds)} s ${seconds < 0 ? 'before' : 'after'} the onset (${digits(seen)}, usually ${digits(expected)})`;
    });
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}
