/**
 * Holds one container's processes to a share of the CPU and to a slow disk, by SIGSTOP and SIGCONT. CPU goes by periods, as with the kernel's own bandwidth
 * control: whoever has used up the share of a period stands still until the next. It burns no CPU itself.
 */
import type { Watched } from './kernel.ts';

export interface Limits {
  /** CPU the whole task may use, in cores; null: as much as there is. */
  cores: number | null;
  /** CPU that other processes of the task would use if they could, in cores. They are not there; what they take of the share is. */
  rivalCores: number;
  /** How long each access to the disk takes, milliseconds; 0: as long as it takes anyway. */
  diskMs: number;
}

/** What the process that brakes is told; null: let it go. */
export interface BrakeOrder {
  pid: number;
  limits: Limits | null;
}

export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Answers the cancellation. */
  after(ms: number, then: () => void): () => void;
}

/** As in Linux. */
const periodMs = 100;
/** A task that used less than this part of its share is looked at once a period only. */
const restful = 0.3;
/** What was used beyond the share is taken off the next periods, but no more than this many shares. */
const mostDebt = 2;
const diskLookMs = 5;

export class Governor {
  readonly #watched: Watched;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #onGone: () => void;
  readonly #standsBecause = new Set<'cpu' | 'disk'>();
  #cancelCpu: () => void = () => {};
  #cancelDisk: () => void = () => {};
  #debtMs = 0;
  #isRestful = false;
  #diskBytes = 0;

  constructor(watched: Watched, clock: Clock, limits: Limits, onGone: () => void) {
    this.#watched = watched;
    this.#clock = clock;
    this.#limits = limits;
    this.#onGone = onGone;
  }

  start(): void {
    if (this.#limits.diskMs > 0) {
      this.#diskBytes = this.#watched.diskBytes() ?? 0;
      this.#lookAtDisk();
    }
    if (this.#limits.cores !== null) this.#beginPeriod(this.#limits.cores);
  }

  /** Lets the processes go. */
  close(): void {
    this.#cancelCpu();
    this.#cancelDisk();
    if (this.#standsBecause.size > 0) this.#watched.signal('SIGCONT');
    this.#standsBecause.clear();
    this.#watched.close();
  }

  #beginPeriod(cores: number): void {
    const usedBefore = this.#watched.cpuMs();
    if (usedBefore === null) {
      this.#onGone();
      return;
    }
    const share = cores * periodMs;
    const period = { cores, begin: this.#clock.now(), usedBefore, share, budget: share - this.#debtMs, rivalMs: null };
    this.#debtMs = 0;
    if (period.budget <= 0) {
      this.#exhaust({ ...period, rivalMs: 0 }, 0);
      return;
    }
    this.#go('cpu');
    const wait = this.#isRestful && this.#limits.rivalCores === 0 ? periodMs : this.#waitFor(period.budget);
    this.#cancelCpu = this.#clock.after(Math.min(wait, periodMs), () => this.#look(period));
  }

  #look(period: Period): void {
    const elapsed = this.#clock.now() - period.begin;
    const used = this.#watched.cpuMs();
    if (used === null) {
      this.#onGone();
      return;
    }
    const own = used - period.usedBefore;
    const rivalMs = this.#limits.rivalCores * Math.min(elapsed, periodMs);
    // A period that was looked at late has a larger share.
    const budget = period.budget + period.cores * Math.max(0, elapsed - periodMs);
    if (elapsed >= periodMs) {
      this.#endPeriod({ ...period, budget, rivalMs }, own);
      return;
    }
    if (own + rivalMs >= budget) {
      this.#exhaust({ ...period, rivalMs }, elapsed);
      return;
    }
    this.#cancelCpu = this.#clock.after(Math.min(this.#waitFor(budget - own - rivalMs), periodMs - elapsed), () => this.#look(period));
  }

  /** The share is used up: nothing runs until the next period. */
  #exhaust(period: Period, elapsed: number): void {
    this.#stand('cpu');
    this.#cancelCpu = this.#clock.after(periodMs - elapsed, () => {
      const used = this.#watched.cpuMs();
      if (used === null) this.#onGone();
      else this.#endPeriod(period, used - period.usedBefore);
    });
  }

  #endPeriod({ cores, share, budget, rivalMs }: Period, own: number): void {
    const consumed = own + (rivalMs ?? 0);
    this.#debtMs = Math.min(mostDebt * share, Math.max(0, consumed - budget));
    // Whoever stood because of a debt has not rested.
    this.#isRestful = consumed < restful * share && budget >= share;
    this.#beginPeriod(cores);
  }

  /** Until the budget can be used up at the earliest. */
  #waitFor(budgetMs: number): number {
    return Math.max(1, budgetMs / (1 + this.#limits.rivalCores));
  }

  #lookAtDisk(): void {
    const bytes = this.#watched.diskBytes();
    if (bytes === null) {
      this.#onGone();
      return;
    }
    const hasMoved = bytes !== this.#diskBytes;
    this.#diskBytes = bytes;
    if (hasMoved) this.#stand('disk');
    this.#cancelDisk = this.#clock.after(hasMoved ? this.#limits.diskMs : diskLookMs, () => {
      this.#go('disk');
      if (hasMoved) this.#cancelDisk = this.#clock.after(diskLookMs, () => this.#lookAtDisk());
      else this.#lookAtDisk();
    });
  }

  #stand(because: 'cpu' | 'disk'): void {
    this.#standsBecause.add(because);
    if (this.#standsBecause.size === 1) this.#watched.signal('SIGSTOP');
  }

  #go(because: 'cpu' | 'disk'): void {
    if (this.#standsBecause.delete(because) && this.#standsBecause.size === 0) this.#watched.signal('SIGCONT');
  }
}

interface Period {
  cores: number;
  begin: number;
  usedBefore: number;
  /** CPU milliseconds of a whole period, and what is left of them after the debt. */
  share: number;
  budget: number;
  /** What the rivals used before everything stood still; null while the period runs. */
  rivalMs: number | null;
}
