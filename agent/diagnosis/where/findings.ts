/** Everything found out about the nodes of a case: their trouble, whose it is, who is silent, and what else departs. */
import { type Blames, blameOf } from './blame.ts';
import type { Calls } from './calls.ts';
import { blameGaps, gapsOf } from './gaps.ts';
import type { NodeSeries } from './nodes.ts';
import type { Phases } from './phases.ts';
import { type Departure, departuresOf } from './resources.ts';
import { blameSilent, silentNodes } from './silence.ts';
import { blameTimeouts } from './timeouts.ts';
import { type Troubles, troublesOf } from './troubles.ts';
import { mergeViews } from './views.ts';

export interface Findings {
  delays: Troubles;
  failures: Troubles;
  delayBlames: Blames;
  failureBlames: Blames;
  silent: readonly string[];
  departures: ReadonlyMap<string, readonly Departure[]>;
}

export function findingsOf(nodes: ReadonlyMap<string, NodeSeries>, calls: Calls, phases: Phases): Findings {
  const { delays, failures } = troublesOf(nodes, phases);
  const gaps = gapsOf(nodes, phases);
  const seen = (caller: string, callee: string) => gaps.find((gap) => gap.caller === caller && gap.callee === callee)?.seen;
  const delayBlames = blameOf(delays, calls, seen);
  const failureBlames = blameOf(failures, calls, () => undefined);
  blameGaps(delayBlames, gaps);
  mergeViews(delayBlames, delays, calls, nodes, ({ latency }) => latency, phases);
  mergeViews(failureBlames, failures, calls, nodes, ({ availability }) => availability, phases);
  blameTimeouts(failures, failureBlames, delayBlames, delays, calls);
  const silent = silentNodes(nodes, phases);
  blameSilent(delayBlames, silent, calls);
  blameSilent(failureBlames, silent, calls);
  const departures = new Map([...nodes.values()].map((node) => [node.node, departuresOf(node, phases)]));
  return { delays, failures, delayBlames, failureBlames, silent, departures };
}
