/** Runs a container's own health check (the task definition's `healthCheck`) and reports changes of its verdict. */
import { execFile } from 'node:child_process';
import type { HealthCheck } from '@aws-sdk/client-ecs';
import { probe } from '../network/health-check.ts';
import type { Health } from './model.ts';
import type { Timing } from './timing.ts';

/** A probe of the container's own HTTP port is made directly, so that no curl or wget is needed. */
const ownUrl = /https?:\/\/(?:localhost|127\.0\.0\.1)(?::[\d$A-Z_{}]+)?(\/[^\s'"|;]*)?/;
const leastTimeoutMs = 2_000;

export class ContainerHealthCheck {
  readonly #check: HealthCheck;
  readonly #timing: Timing;
  readonly #port: number;
  readonly #env: Record<string, string>;
  readonly #onHealth: (health: Health) => void;
  readonly #startedAt = performance.now();
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;
  #failures = 0;
  #health: Health = 'UNKNOWN';

  constructor(check: HealthCheck, timing: Timing, port: number, env: Record<string, string>, onHealth: (health: Health) => void) {
    this.#check = check;
    this.#timing = timing;
    this.#port = port;
    this.#env = env;
    this.#onHealth = onHealth;
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#run(), this.#timing.paced(this.#check.interval ?? 30));
  }

  async #run(): Promise<void> {
    const isGood = await this.#probe();
    if (this.#isStopped) return;
    const inStartPeriod = performance.now() - this.#startedAt < this.#timing.paced(this.#check.startPeriod ?? 0);
    if (isGood) this.#failures = 0;
    else if (!inStartPeriod) this.#failures += 1;
    if (isGood) this.#report('HEALTHY');
    else if (this.#failures >= (this.#check.retries ?? 3)) this.#report('UNHEALTHY');
    this.#schedule();
  }

  #report(health: Health): void {
    if (health === this.#health) return;
    this.#health = health;
    this.#onHealth(health);
  }

  async #probe(): Promise<boolean> {
    const timeoutMs = Math.max(leastTimeoutMs, this.#timing.paced(this.#check.timeout ?? 5));
    const [form, ...words] = this.#check.command ?? [];
    const url = ownUrl.exec(words.join(' '));
    if (url !== null) return (await probe(this.#port, url[1] ?? '/', timeoutMs)).isGood;
    const [file, ...args] = form === 'CMD-SHELL' ? ['/bin/sh', '-c', words.join(' ')] : form === 'CMD' ? words : [form ?? '', ...words];
    if (file === undefined || file === '') return false;
    return new Promise((resolve) => execFile(file, args, { env: this.#env, timeout: timeoutMs }, (error) => resolve(error === null)));
  }
}
