/** The trouble of every node, of both kinds, in one unit. */
import { median } from '../statistics/robust.ts';
import { delayOf, deviation, type Excess, failuresOf } from './excess.ts';
import type { NodeSeries } from './nodes.ts';
import { assumedInRow } from './noise.ts';
import type { Phases } from './phases.ts';

/** Trouble by node, most first, so that the order of the input never shows; nodes of which it is not known are left out. */
export type Troubles = Map<string, Excess>;

export function troublesOf(nodes: ReadonlyMap<string, NodeSeries>, phases: Phases): { delays: Troubles; failures: Troubles } {
  const counted = [...nodes.values()].map(({ requests }) => median(requests.v)).filter((usual) => usual > 0);
  const assumed = counted.length > 0 ? median(counted) : assumedInRow / phases.step;
  const known = (of: (node: NodeSeries) => Excess): Troubles => {
    const all = [...nodes.values()].map((node): [string, Excess] => [node.node, of(node)]);
    return new Map(
      all
        .filter(([, { usual }]) => !Number.isNaN(usual))
        .map(([node, excess]): [string, Excess] => [node, counted.length > 0 ? excess : inDeviations(excess)])
        .sort(([, a], [, b]) => b.amount - a.amount || b.noise - a.noise),
    );
  };
  return {
    delays: known(({ latency, requests }) => delayOf(latency, requests, phases, assumed)),
    failures: known(({ availability, requests }) => failuresOf(availability, requests, phases, assumed)),
  };
}

/** Seconds and failures of nodes can be held against each other only when it is known how many requests met them. */
function inDeviations(excess: Excess): Excess {
  return { ...excess, amount: deviation(excess), noise: excess.noise > 0 ? 1 : 0 };
}
