/** Nodes that stopped reporting. Missing data is no health: trouble its callers cannot explain otherwise is laid at the silent callee's door. */
import { type Blames, shift } from './blame.ts';
import type { Calls } from './calls.ts';
import type { NodeSeries } from './nodes.ts';
import { pastRows } from './noise.ts';
import type { Phases } from './phases.ts';
import { countBetween, firstAtOrAfter, type Track } from './track.ts';

/** Silence means something at a node that had so large a share of the rows which the best known node has, in the past and just before the onset. */
const leastPresence = 0.75;
/** And where by chance it would hardly be silent for so long: nodes with few requests have rows without any. */
const mostChance = 0.01;

const tracksOf = ({ latency, availability, requests, others }: NodeSeries): Track[] => [
  latency,
  availability,
  requests,
  ...others.values(),
];

/** Reported up to the onset, as they always do, and not once since. Requests that fall to a reported zero are something else: the node lives and nobody calls. */
export function silentNodes(nodes: ReadonlyMap<string, NodeSeries>, phases: Phases): string[] {
  const rows = [...nodes.values()].map((node) => {
    const tracks = tracksOf(node);
    const most = (count: (track: Track) => number) => tracks.reduce((best, track) => Math.max(best, count(track)), 0);
    return {
      node: node.node,
      past: most((track) => firstAtOrAfter(track, phases.recent)),
      before: most((track) => countBetween(track, phases.recent, phases.onset)),
      since: most((track) => countBetween(track, phases.onset, phases.end)),
      followed: most((track) => shareFollowed(track, phases)),
    };
  });
  const best = (key: 'past' | 'before' | 'since') => rows.reduce((most, row) => Math.max(most, row[key]), 0);
  const [past, before] = [best('past'), best('before')];
  const since = best('since');
  if (since === 0 || before === 0) return [];
  return rows
    .filter(
      (row) =>
        row.since === 0 &&
        (1 - row.followed) ** since <= mostChance &&
        row.before >= leastPresence * before &&
        row.past >= leastPresence * past,
    )
    .map(({ node }) => node)
    .sort();
}

/** Of the rows before the onset, the share that was followed by the next one; 1 where too few are known to tell. */
function shareFollowed({ t }: Track, { onset, step }: Phases): number {
  const rows = t.filter((time) => time < onset);
  if (rows.length < pastRows) return 1;
  const followed = rows.filter((time, at) => at > 0 && time - (rows[at - 1] ?? time) < 1.5 * step).length;
  return (followed + 1) / (rows.length + 1);
}

/** Of a caller's own trouble, the silent callees get this share: they may be down, but the caller is the one seen to be in trouble. */
const shareOfSilent = 0.75;

export function blameSilent(blames: Blames, silent: readonly string[], calls: Calls): void {
  for (const [caller] of [...blames]) {
    const callees = silent.filter((callee) => calls.callees(caller).includes(callee));
    for (const [at, callee] of callees.entries()) {
      shift(
        blames,
        caller,
        callee,
        shareOfSilent / (callees.length - at * shareOfSilent),
        `${callee} reports nothing since the onset, and ${caller} has trouble none of its other callees explain`,
      );
    }
  }
}
