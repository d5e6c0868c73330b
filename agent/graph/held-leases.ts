/** The leases this process holds, with their ends by its own monotonic clock. One loop renews them all; whoever lost one is told to stop. */
import type { Clock } from '../domain/clock.ts';
import { LeaseLostError } from '../domain/errors.ts';
import type { IncidentId } from '../domain/ids.ts';
import type { HeldLease } from '../incident/lease.ts';
import type { IncidentStore, Lease } from '../incident/store.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface HeldLeasesDependencies {
  incidents: Pick<IncidentStore, 'renew' | 'renewAll' | 'release'>;
  clock: Clock;
  logger: Logger;
  owner: string;
  leaseMs: number;
}

interface Holding {
  lease: HeldLease;
  endsMs: number;
  lost: () => void;
}

export class HeldLeases {
  readonly #deps: HeldLeasesDependencies;
  readonly #held = new Map<IncidentId, Holding>();
  /** Leases in our name that no run works under, as the last renewal found them. */
  #strays = new Set<string>();

  constructor(deps: HeldLeasesDependencies) {
    this.#deps = deps;
  }

  /** `sinceMs`: the monotonic time before the claim was sent. `lost` is called once, when the run has to stop. */
  hold(lease: Lease, sinceMs: number, lost: () => void): HeldLease {
    const { clock, incidents, leaseMs } = this.#deps;
    const leftMs = () => (this.#held.get(lease.incidentId) === holding ? Math.max(0, holding.endsMs - clock.monotonicMs()) : 0);
    const renew = async () => {
      const fromMs = clock.monotonicMs();
      if (this.#held.get(lease.incidentId) !== holding || !(await incidents.renew(lease, leaseMs))) {
        this.#lose(holding);
        throw new LeaseLostError(lease.incidentId);
      }
      holding.endsMs = fromMs + leaseMs;
    };
    const holding: Holding = { lease: { ...lease, leftMs, renew }, endsMs: sinceMs + leaseMs, lost };
    this.#held.set(lease.incidentId, holding);
    return holding.lease;
  }

  drop(lease: HeldLease): void {
    if (this.#held.get(lease.incidentId)?.lease === lease) this.#held.delete(lease.incidentId);
  }

  /** Three times a lease, until the signal ends it. */
  async keep(signal: AbortSignal): Promise<void> {
    const { clock, logger, leaseMs } = this.#deps;
    for (;;) {
      try {
        await clock.sleep(leaseMs / 3, signal);
      } catch {
        return;
      }
      try {
        await this.renewAll();
      } catch (error) {
        logger.error({ err: error }, 'the leases could not be renewed');
      }
      // A lease nobody could renew ends when its time is over, not before: a short trouble of the store stops no run.
      for (const holding of this.#held.values()) if (holding.lease.leftMs() === 0) this.#lose(holding);
    }
  }

  async renewAll(): Promise<void> {
    const { clock, incidents, owner, leaseMs } = this.#deps;
    const before = [...this.#held.values()];
    const fromMs = clock.monotonicMs();
    const renewed = await incidents.renewAll(owner, leaseMs);
    const tokens = new Map(renewed.map(({ incidentId, fencingToken }) => [incidentId, fencingToken]));
    for (const holding of before) {
      if (tokens.get(holding.lease.incidentId) === holding.lease.fencingToken) holding.endsMs = fromMs + leaseMs;
      else if (this.#held.get(holding.lease.incidentId) === holding) this.#lose(holding);
    }
    await this.#releaseStrays(renewed);
  }

  /** A claim or a release that was cut short. Seen twice in a row, so that it is none of a claim that is just under way. */
  async #releaseStrays(renewed: readonly Lease[]): Promise<void> {
    const strays = renewed.filter(({ incidentId }) => !this.#held.has(incidentId));
    const seenBefore = this.#strays;
    const nameOf = ({ incidentId, fencingToken }: Lease) => `${incidentId} ${fencingToken}`;
    this.#strays = new Set(strays.map(nameOf));
    for (const stray of strays) if (seenBefore.has(nameOf(stray))) await this.#deps.incidents.release(stray, false);
  }

  #lose(holding: Holding): void {
    if (this.#held.get(holding.lease.incidentId) !== holding) return;
    this.#held.delete(holding.lease.incidentId);
    this.#deps.logger.warn({ incidentId: holding.lease.incidentId }, 'lease lost: this run stops, the incident goes on where it is held');
    holding.lost();
  }
}
