/** How well groups of log lines agree with labelled events. Names of groups mean nothing; only who is together with whom counts. */

export interface GroupingScore {
  /** Share of lines whose group holds exactly the lines of one event. */
  groupAccuracy: number;
  /** Harmonic mean of precision and recall over groups. */
  groupF1: number;
}

export function scoreGrouping(groups: readonly (number | string)[], events: readonly string[]): GroupingScore {
  if (groups.length !== events.length) throw new RangeError(`${groups.length} groups for ${events.length} lines`);
  const sizes = sizesOf(groups);
  const truth = sizesOf(events);
  const pairs = sizesOf(groups.map((group, at) => JSON.stringify([group, events[at]])));
  const [exact, lines] = exactOf(groups, events, sizes, truth, pairs);
  const [precision, recall] = [exact / sizes.size, exact / truth.size];
  return {
    groupAccuracy: events.length === 0 ? 1 : lines / events.length,
    groupF1: events.length === 0 ? 1 : exact === 0 ? 0 : (2 * precision * recall) / (precision + recall),
  };
}

/** Groups that are an event, and the lines they hold. */
function exactOf<G, E>(
  groups: readonly G[],
  events: readonly E[],
  sizes: Map<G, number>,
  truth: Map<E, number>,
  pairs: Map<string, number>,
): [number, number] {
  const exact = new Set<G>();
  let lines = 0;
  for (const [at, group] of groups.entries()) {
    const event = events[at] as E;
    const together = pairs.get(JSON.stringify([group, event]));
    if (together !== sizes.get(group) || together !== truth.get(event)) continue;
    exact.add(group);
    lines += 1;
  }
  return [exact.size, lines];
}

function sizesOf<T>(labels: readonly T[]): Map<T, number> {
  const sizes = new Map<T, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return sizes;
}
