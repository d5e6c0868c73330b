/** The right to work on one incident, as the process that holds it sees it. Who may hold it is decided in the store. */
import type { Fence, Lease } from './store.ts';

/** What an effect asks of the lease it is made under. */
export interface Hold extends Fence {
  /** Milliseconds the lease still holds by this process's own monotonic clock; 0 once it is lost. Synchronous: asked right before a call goes out. */
  leftMs(): number;
  /** Renews the lease in the store; `LeaseLostError` when it is somebody else's by now. */
  renew(): Promise<void>;
}

export type HeldLease = Lease & Hold;
