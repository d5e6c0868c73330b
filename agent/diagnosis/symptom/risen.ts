/** Which log shapes are said more often around the alert than chance allows, and since when. */
import type { LogShape } from './log-shapes.ts';

/** What "around the alert" means: this long before and after it, seconds. */
export const aroundAlert = 15 * 60;
/** A shape belongs to the trouble when it is at least so many times as frequent around the alert as before. */
const risen = 3;
/** By how many standard deviations of a count (its square root) it must exceed the expected one: a rare line that comes once more is chance. */
const beyondChance = 4;
/** Lines of one outburst follow each other within this many of their usual gaps, and within a minute at least. */
const outburst = 3;

/**
 * What is expected around the alert follows from what the shape's own node said before, or from what the average node says of it: a background
 * complaint that each node utters now and then is no sign of trouble where it happens to be uttered during the trouble only.
 */
export function risenAround(shapes: readonly LogShape[], at: number): (shape: LogShape) => boolean {
  const from = at - aroundAlert;
  const [start, end] = shapes.reduce(
    ([least, most], { first, times }) => [Math.min(least, first), Math.max(most, times.at(-1) ?? first)],
    [at, at],
  );
  const share = (Math.min(end, at + aroundAlert) - from) / (from - start);
  const earlier = ({ times }: LogShape): number => times.filter((t) => t < from).length;
  const ofKind = new Map<string, { before: number; nodes: number }>();
  for (const shape of shapes) {
    const { before, nodes } = ofKind.get(shape.kind) ?? { before: 0, nodes: 0 };
    ofKind.set(shape.kind, { before: before + earlier(shape), nodes: nodes + 1 });
  }
  return (shape) => {
    const before = earlier(shape);
    const now = shape.times.length - before;
    if (now === 0) return false;
    const kin = ofKind.get(shape.kind) ?? { before, nodes: 1 };
    if (kin.before === 0) return true;
    if (from <= start) return false;
    const expected = Math.max(before, kin.before / kin.nodes) * share;
    return now >= risen * expected && now >= expected + beyondChance * Math.sqrt(expected);
  };
}

/** When the outburst began that lasts into the time around the alert; what was said now and then before that is not part of it. */
export function beganAt({ times, first }: LogShape, at: number): number {
  const late = times.findIndex((t) => t >= at - aroundAlert);
  if (late <= 0) return first;
  const [start, end] = [times[late] ?? first, times.at(-1) ?? first];
  const gap = Math.max(60, (outburst * (end - start)) / Math.max(1, times.length - late - 1));
  let since = late;
  while (since > 0 && (times[since] ?? 0) - (times[since - 1] ?? 0) <= gap) since -= 1;
  return times[since] ?? first;
}
