/**
 * A wave of phones that lose their network while they add to a cart: headers and half a body, then the connection is gone.
 * It brings out a true weakness of `shop/cart:2.1.0`: a request that ends this way keeps its database connection for ever,
 * and later requests whose turn falls on it wait 700 ms. Ordinary shoppers never hang up and so never cost a connection.
 */
import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { loopbackUrl } from './loopback.ts';

export interface HangUpOptions {
  /** The cart service, behind its load balancer or one task of it; loopback only. */
  url: string;
  /** Clients in all. */
  count: number;
  /** The clients are spread evenly over this time. */
  overMs: number;
  signal?: AbortSignal;
}

export interface HangUpSummary {
  hungUp: number;
  /** Could not connect, or were answered before they hung up. */
  failed: number;
}

/** Enough for two tasks to lose nearly all of their 24 connections. */
export const usualWave = { count: 120, overMs: 10_000 } as const;

const maxCount = 10_000;
/** Long enough for the request to reach a handler on a busy machine. */
const stayMs = 250;

export async function sendHangUps({ url, count, overMs, signal }: HangUpOptions): Promise<HangUpSummary> {
  const base = loopbackUrl(url);
  if (!Number.isInteger(count) || count < 1 || count > maxCount) throw new Error(`--count is ${count}; give 1 to ${maxCount}`);
  if (!(overMs >= 0)) throw new Error(`the wave's length is ${overMs} ms; give 0 or more`);
  const clients: Promise<boolean>[] = [];
  for (let index = 0; index < count && !signal?.aborted; index += 1) {
    clients.push(hangUp(base, `phone-${index}`));
    if (index < count - 1) await sleep(overMs / count, undefined, { signal }).catch(() => {});
  }
  const outcomes = await Promise.all(clients);
  const hungUp = outcomes.filter((outcome) => outcome).length;
  return { hungUp, failed: outcomes.length - hungUp };
}

function hangUp(base: URL, session: string): Promise<boolean> {
  return new Promise((resolve) => {
    const body = JSON.stringify({ productId: 'p03', name: 'Sake cup', priceCents: 1_299, quantity: 1 });
    const request = httpRequest(new URL(`/carts/${session}/items`, base), {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', 'content-length': body.length },
    });
    let finished = false;
    const finish = (outcome: boolean): void => {
      if (finished) return;
      finished = true;
      resolve(outcome);
      request.destroy();
    };
    request.on('error', () => finish(false));
    request.on('response', () => finish(false));
    request.on('socket', (socket) => {
      const stay = (): void => void setTimeout(() => finish(true), stayMs);
      if (socket.connecting) socket.once('connect', stay);
      else stay();
    });
    request.write(body.slice(0, body.length / 2));
  });
}
