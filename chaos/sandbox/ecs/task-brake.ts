/** What one task's processes are held to: the CPU its definition reserves, and what stress beside them leaves of it. */
import { Brake } from '../runtime/brake/brake.ts';
import type { Limits } from '../runtime/brake/governor.ts';
import type { TaskStress } from '../world.ts';

/** One access to a disk on which one stressor writes without a pause; each more makes the queue as much longer. */
const diskMsPerWorker = 80;
const mostDiskMs = 1_000;

export class TaskBrake {
  readonly #brake: Brake;
  readonly #cores: number;
  readonly #limitsCpu: boolean;
  readonly #pids = new Set<number>();
  readonly #stresses = new Set<TaskStress>();
  #hasBegun = false;

  /** `cpu` as in a task definition. */
  constructor(brake: Brake, cpu: string | undefined, limitsCpu: boolean) {
    this.#brake = brake;
    this.#cores = coresOf(cpu);
    this.#limitsCpu = limitsCpu;
  }

  add(pid: number | null): void {
    if (pid !== null) this.#pids.add(pid);
  }

  /** The task runs: from here on its CPU limit holds. */
  begin(): void {
    this.#hasBegun = true;
    if (this.#limitsCpu) this.#apply();
  }

  remove(pid: number | null): void {
    if (pid === null) return;
    this.#pids.delete(pid);
    this.#brake.release(pid);
  }

  /** Answers the remover. */
  stress(stress: TaskStress): () => void {
    if (!Brake.isPossible) throw new Error('stress holds processes, which the sandbox can on Linux only');
    const own = { ...stress };
    this.#stresses.add(own);
    this.#apply();
    return () => {
      if (this.#stresses.delete(own)) this.#apply();
    };
  }

  #apply(): void {
    const limits = this.#limits();
    for (const pid of this.#pids) {
      if (limits.cores === null && limits.diskMs === 0) this.#brake.release(pid);
      else this.#brake.hold(pid, limits);
    }
  }

  #limits(): Limits {
    const all = [...this.#stresses];
    const rivalCores = all.reduce((sum, stress) => sum + (stress.kind === 'cpu' ? (stress.workers * stress.percent) / 100 : 0), 0);
    const diskWorkers = all.reduce((sum, stress) => sum + (stress.kind === 'io' ? stress.workers : 0), 0);
    const isLimited = rivalCores > 0 || (this.#limitsCpu && this.#hasBegun);
    return { cores: isLimited ? this.#cores : null, rivalCores, diskMs: Math.min(mostDiskMs, diskWorkers * diskMsPerWorker) };
  }
}

/** `256`, `.25 vCPU` and `0.25vcpu` are a quarter of a core. */
function coresOf(cpu = '256'): number {
  return /vcpu$/i.test(cpu) ? Number.parseFloat(cpu) : Number(cpu) / 1024;
}
