/** The card acquirer as payment sees it: a company of its own, outside the cluster. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallAnswer, Peer } from '../service/client.ts';
import { CallError } from '../service/errors.ts';
import { Lane } from '../service/lane.ts';
import type { Kit } from '../service/run.ts';

export interface Charge {
  orderId: string;
  amountCents: number;
}

/** Answers the id under which the acquirer holds the money. */
export type Authorize = (charge: Charge, request: { traceId: string; signal: AbortSignal }) => Promise<string>;

export const acquirerTimeoutMs = 5_000;

/** The acquirer at `ACQUIRER_URL`; where there is none, every card is good. */
export function acquirerOf(kit: Kit): Authorize {
  return kit.setting('ACQUIRER_URL') === undefined ? everyCardIsGood : authorizeAt(kit.peer('acquirer', acquirerTimeoutMs));
}

/** A task is one terminal to the acquirer, and a terminal has one authorization open at a time. */
export function authorizeAt(acquirer: Peer): Authorize {
  const terminal = new Lane();
  return (charge, { traceId, signal }) =>
    terminal.run(signal, async () => idIn(await acquirer.call({ method: 'POST', path: '/authorizations', body: charge, traceId, signal })));
}

async function everyCardIsGood(): Promise<string> {
  await sleep(8 + Math.random() * 8);
  return randomUUID();
}

function idIn({ status, body }: CallAnswer): string {
  if (status !== 201) throw new CallError('acquirer', String(status), `the acquirer answered ${status} to an authorization`);
  return (body as { id: string }).id;
}
