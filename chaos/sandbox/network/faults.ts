/** Pure: what a network fault does to one chunk of bytes on one link. */
import type { NetworkFault } from '../world.ts';

/** `egress`: the task calls another service. `ingress`: the task answers its callers. */
export type Side = 'egress' | 'ingress';

export interface LinkPlace {
  side: Side;
  /** The callee's port as the caller knows it (egress) or the task's container port (ingress). */
  port: number;
}

/** First TCP retransmission timeout on Linux, then doubled. */
const retransmitMs = 200;
const mostRetransmits = 8;

/** True when nothing passes this link at all. */
export function isBlackholed(fault: NetworkFault | null, place: LinkPlace): boolean {
  return fault?.kind === 'blackhole-port' && fault.trafficType === place.side && fault.port === place.port;
}

/** Delay in milliseconds for a chunk that leaves the task; `random` in [0, 1). */
export function chunkDelayMs(fault: NetworkFault | null, place: LinkPlace, random: () => number): number {
  if (fault === null || fault.kind === 'blackhole-port') return 0;
  if (fault.port !== undefined && fault.port !== place.port) return 0;
  if (fault.kind === 'latency') return Math.max(0, fault.delayMs + (random() * 2 - 1) * fault.jitterMs);
  let delay = 0;
  for (let tries = 0; tries < mostRetransmits && random() * 100 < fault.lossPercent; tries += 1) delay += retransmitMs * 2 ** tries;
  return delay;
}
