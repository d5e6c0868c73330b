/**
 * Feature flags over plain HTTP, as AppConfig's agent answers them beside a task: `{"<flag>": {"enabled": true}}`. Asked again and again; what was
 * read last stays in force while nothing can be read.
 */
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { exchange } from './client.ts';
import type { Logger } from './log.ts';
import { traceIdOf } from './trace.ts';

export interface Flags {
  /** A flag that is not known is off. */
  isOn(flag: string): boolean;
}

const askEveryMs = 1_000;
const answerTimeoutMs = 2_000;

/** Without a URL every flag is off. */
export function createFlags(url: string | undefined, log: Logger): Flags {
  let on: ReadonlySet<string> = new Set();
  const take = (read: ReadonlySet<string>): void => {
    on = read;
  };
  if (url !== undefined) void follow(new URL(url), log, take);
  return { isOn: (flag) => on.has(flag) };
}

async function follow(url: URL, log: Logger, changed: (on: ReadonlySet<string>) => void): Promise<never> {
  const settings = { peer: 'appconfig', baseUrl: url.origin, timeoutMs: answerTimeoutMs };
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const path = url.pathname + url.search;
  let failures = 0;
  for (;;) {
    try {
      const { status, body } = await exchange(settings, { method: 'GET', path, traceId: traceIdOf(undefined), agent });
      if (status !== 200) throw new Error(`status ${status}`);
      changed(enabledIn(body));
      failures = 0;
    } catch (error) {
      failures += 1;
      // Said once: an outage of minutes is one story.
      if (failures === 1) log.warn({ err: error }, 'the feature flags cannot be read, the last ones stay in force');
    }
    await sleep(askEveryMs);
  }
}

function enabledIn(body: unknown): Set<string> {
  if (typeof body !== 'object' || body === null) throw new Error('the flags are no JSON object');
  const flags = Object.entries(body as Record<string, { enabled?: unknown } | null>);
  return new Set(flags.filter(([, value]) => value?.enabled === true).map(([flag]) => flag));
}
