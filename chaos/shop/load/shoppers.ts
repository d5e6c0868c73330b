/** Sends the shoppers' mix at a steady rate whatever the answers are, as independent people do. */
import { Agent, request as httpRequest } from 'node:http';
import { loopbackUrl } from './loopback.ts';
import { createMix, type ShopRequest } from './mix.ts';
import { createSummary, type LoadSummary } from './summary.ts';

export interface ShopperOptions {
  /** The storefront; loopback only. */
  url: string;
  /** Requests per second. */
  rate: number;
  seed: number;
  /** Stops by itself after this time; without it, when the signal says so. */
  durationMs?: number;
  signal?: AbortSignal;
}

export interface ShopperRun {
  /** What was seen so far. */
  summary(): LoadSummary;
  /** Resolves when every answer is in. */
  done: Promise<LoadSummary>;
}

/** Far above the storefront's own timeout: shoppers of this mix never hang up. */
const answerTimeoutMs = 30_000;
/** Requests due while this many are unanswered are counted as skipped, so that a stuck shop cannot eat our memory. */
const maxInFlight = 400;
const maxRate = 1_000;

export function startShoppers(options: ShopperOptions): ShopperRun {
  const url = loopbackUrl(options.url);
  const { rate, durationMs = Number.POSITIVE_INFINITY, signal } = options;
  if (!(rate > 0 && rate <= maxRate)) throw new Error(`--rate is ${rate}; give requests per second from above 0 to ${maxRate}`);
  const mix = createMix(options.seed);
  // Connections take turns, so that every task behind the balancer keeps getting its share.
  const agent = new Agent({ keepAlive: true, maxSockets: maxInFlight, scheduling: 'fifo' });
  const summary = createSummary();
  const started = performance.now();
  const open = new Set<Promise<void>>();

  async function send(wanted: ShopRequest): Promise<void> {
    const sent = performance.now();
    const status = await answerTo(url, agent, wanted).catch(() => null);
    summary.answered(wanted.route, status, performance.now() - sent);
  }

  const done = new Promise<LoadSummary>((resolve) => {
    let due = 0;
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
      for (; due <= elapsed && due < durationMs; due += 1000 / rate) {
        const wanted = mix.next();
        if (open.size >= maxInFlight) {
          summary.skipped();
          continue;
        }
        const sending = send(wanted).finally(() => open.delete(sending));
        open.add(sending);
      }
      if (due >= durationMs || signal?.aborted) finish();
      else timer = setTimeout(tick, due - elapsed);
    };
    signal?.addEventListener('abort', finish, { once: true });
    tick();
  });
  return { summary: summary.read, done };
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
