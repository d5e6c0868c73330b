/** The sandbox's side of the brake: which container is held to what. Starts the process that does it when it is first needed. Linux only. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BrakeOrder, Limits } from './governor.ts';

const program = fileURLToPath(new URL('./main.ts', import.meta.url));

export class Brake {
  readonly #held = new Set<number>();
  #child: ChildProcess | null = null;
  #isClosed = false;

  /** False where processes cannot be held. */
  static get isPossible(): boolean {
    return process.platform === 'linux';
  }

  /** Of the process that does it; null while there is none. */
  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  hold(pid: number, limits: Limits): void {
    if (this.#isClosed) return;
    this.#held.add(pid);
    this.#send({ pid, limits });
  }

  release(pid: number): void {
    if (this.#held.delete(pid)) this.#send({ pid, limits: null });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const child = this.#child;
    if (child === null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    if (child.connected) child.disconnect();
    await exited;
  }

  #send(order: BrakeOrder): void {
    this.#child ??= this.#start();
    // A process that has just died is noticed by `exit`.
    this.#child.send(order, () => {});
  }

  #start(): ChildProcess {
    const child = fork(program, { execArgv: [], env: { PATH: process.env.PATH ?? '' } });
    child.unref();
    child.channel?.unref();
    child.once('exit', () => {
      this.#child = null;
      for (const pid of this.#held) letGo(pid);
      this.#held.clear();
    });
    return child;
  }
}

function letGo(pid: number): void {
  try {
    process.kill(-pid, 'SIGCONT');
  } catch {
    // ESRCH: the group is gone.
  }
}
