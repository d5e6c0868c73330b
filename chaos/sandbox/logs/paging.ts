/** Page tokens: they name a place in an order, so that a page stays right while events arrive and old ones are forgotten. */
import { createHash } from 'node:crypto';
import { invalidParameter } from './inputs.ts';

export interface TokenPlace {
  timestamp: number;
  sequence: number;
  forward: boolean;
}

function digest(scope: string): string {
  return createHash('sha256').update(scope).digest('base64url').slice(0, 10);
}

/** `scope` is what the token belongs to: with another one it is invalid. */
export function encodeToken(place: { timestamp: number; sequence: number; forward?: boolean }, scope: string): string {
  const { timestamp, sequence, forward = true } = place;
  return Buffer.from([timestamp, sequence, forward ? 1 : 0, digest(scope)].join(':')).toString('base64url');
}

export function decodeToken(token: string, scope: string): TokenPlace {
  const [timestamp, sequence, forward, owner] = Buffer.from(token, 'base64url').toString().split(':');
  const place = { timestamp: Number(timestamp), sequence: Number(sequence), forward: forward === '1' };
  if (owner !== digest(scope) || !Number.isInteger(place.timestamp) || !Number.isInteger(place.sequence)) {
    throw invalidParameter('The specified nextToken is invalid.');
  }
  return place;
}

/** Pages of a list of named things; the token is the last name given. */
export function pageOf<T extends { name: string }>(
  items: T[],
  nextToken: string | undefined,
  limit: number,
): { items: T[]; nextToken?: string } {
  const lastName = nextToken === undefined ? undefined : Buffer.from(nextToken, 'base64url').toString();
  const start = lastName === undefined ? 0 : items.findIndex(({ name }) => name === lastName) + 1;
  if (lastName !== undefined && start === 0) throw invalidParameter('The specified nextToken is invalid.');
  const page = items.slice(start, start + limit);
  const last = page.at(-1);
  if (!last || start + limit >= items.length) return { items: page };
  return { items: page, nextToken: Buffer.from(last.name).toString('base64url') };
}
