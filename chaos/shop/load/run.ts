/** Sends requests at a steady rate whatever the answers are, as independent people do. Which ones is the caller's. */
import { Agent, request as httpRequest } from 'node:http';
import { loopbackUrl } from './loopback.ts';
import type { ShopRequest } from './mix.ts';
import { createSummary, type LoadCounts, type LoadSummary } from './summary.ts';

export interface LoadOptions {
  /** Loopback only. */
  url: string;
  /** Requests per second. */
  rate: number;
  /** Stops by itself after this time; without it, when the signal says so. */
  durationMs?: number;
  signal?: AbortSignal;
}

export interface LoadRun {
  /** What was seen so far. */
  summary(): LoadSummary;
  /** The same in three figures, for those who ask often. */
  counts(): LoadCounts;
  /** Requests per second from now on. */
  setRate(rate: number): void;
  /** Resolves when every answer is in. */
  done: Promise<LoadSummary>;
}

/** Far above the storefront's own timeout: nobody here hangs up. */
const answerTimeoutMs = 30_000;
/** Requests due while this many are unanswered are counted as skipped, so that a stuck shop cannot eat our memory. */
const maxInFlight = 400;
const maxRate = 1_000;
/** Longest sleep of one that sends next to nothing: a rate that is raised must be seen. */
const maxSleepMs = 500;

export function startLoad(options: LoadOptions, next: () => ShopRequest): LoadRun {
  const url = loopbackUrl(options.url);
  const { durationMs = Number.POSITIVE_INFINITY, signal } = options;
  let intervalMs = intervalOf(options.rate);
  // Connections take turns, so that every task behind the balancer keeps getting its share.
  const agent = new Agent({ keepAlive: true, maxSockets: maxInFlight, scheduling: 'fifo' });
  const summary = createSummary();
  const started = performance.now();
  const open = new Set<Promise<void>>();
  let due = 0;

  async function send(wanted: ShopRequest): Promise<void> {
    const sent = performance.now();
    const status = await answerTo(url, agent, wanted).catch(() => null);
    summary.answered(wanted.route, status, performance.now() - sent);
  }

  const done = new Promise<LoadSummary>((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const finish = (): void => {
      clearTimeout(timer);
      void Promise.all(open).then(() => {
        agent.destroy();
        resolve(summary.read());
      });
    };
    const tick = (): void => {
      const elapsed = performance.now() - started;
      for (; due <= elapsed && due < durationMs; due += intervalMs) {
        const wanted = next();
        if (open.size >= maxInFlight) {
          summary.skipped();
          continue;
        }
        const sending = send(wanted).finally(() => open.delete(sending));
        open.add(sending);
      }
      if (due >= durationMs || signal?.aborted) finish();
      else timer = setTimeout(tick, Math.min(due - elapsed, maxSleepMs));
    };
    signal?.addEventListener('abort', finish, { once: true });
    tick();
  });

  return {
    summary: summary.read,
    counts: summary.counts,
    setRate(rate) {
      intervalMs = intervalOf(rate);
      due = Math.min(due, performance.now() - started + intervalMs);
    },
    done,
  };
}

function intervalOf(rate: number): number {
  if (!(rate > 0 && rate <= maxRate)) throw new Error(`--rate is ${rate}; give requests per second from above 0 to ${maxRate}`);
  return 1_000 / rate;
}

function answerTo(base: URL, agent: Agent, wanted: ShopRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const payload = wanted.body === undefined ? undefined : JSON.stringify(wanted.body);
    const request = httpRequest(new URL(wanted.path, base), {
      method: wanted.method,
      agent,
      timeout: answerTimeoutMs,
      headers: payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) },
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', (error: NodeJS.ErrnoException) => {
      // A kept connection may have been closed by the other side just as we picked it up; nobody saw this request.
      if (request.reusedSocket && error.code === 'ECONNRESET') answerTo(base, new Agent(), wanted).then(resolve, reject);
      else reject(error);
    });
    request.on('response', (response) => {
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', reject);
      response.resume();
    });
    request.end(payload);
  });
}
