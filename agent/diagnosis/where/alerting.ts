/** The series the alert is about, and which way it is worse. */
import type { Case } from '../case/case.ts';
import { type NodeSeries, rate } from './nodes.ts';
import { emptyTrack, type Track, toTrack } from './track.ts';

/** What says that more is worse, and what that less is. Anything else may depart either way. */
export type Direction = 'up' | 'down' | 'either';
export type Kind = 'latency' | 'availability' | 'other';

export interface Alerting {
  kind: Kind;
  direction: Direction;
  track: Track;
  /** As a person would call it. */
  name: string;
}

const metricOf: Record<Kind, RegExp> = {
  latency: /latency|duration|response.?time|elapsed/i,
  availability: /availab|success/i,
  other: /./,
};

export function kindOf(metric: string): Kind {
  if (metricOf.latency.test(metric)) return 'latency';
  return metricOf.availability.test(metric) ? 'availability' : 'other';
}

/** With no such series: what its node says of that kind; without a metric, whatever it says. */
export function alertingOf({ alert, metrics }: Case, nodes: ReadonlyMap<string, NodeSeries>): Alerting[] {
  const node = nodes.get(alert.node);
  const named = metrics.filter((one) => one.node === alert.node && one.metric === alert.metric);
  const exact = named.filter(({ stat }) => alert.stat === '' || stat.toLowerCase() === alert.stat.toLowerCase());
  const kind = kindOf(alert.metric);
  const own: Alerting[] = [
    { kind: 'latency', direction: 'up', track: node?.latency ?? emptyTrack, name: 'latency' },
    { kind: 'availability', direction: 'down', track: node?.availability ?? emptyTrack, name: 'availability' },
  ];
  if (named.length > 0) {
    const sums = toTrack(exact.length > 0 ? exact : named);
    const track = alert.metric === 'requests' ? rate(sums) : sums;
    const direction = kind === 'latency' ? 'up' : kind === 'availability' ? 'down' : 'either';
    return [{ kind, direction, track, name: alert.metric }];
  }
  const same = own.filter((one) => one.kind === kind && one.track.t.length > 0);
  return same.length > 0 ? same : own.filter(({ track }) => track.t.length > 0);
}
