/**
 * The company that moves the money: no service of the shop, no task of ECS. `PUT /state` is for whoever plays the world outside the cluster; the
 * shop knows nothing of it.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpError } from '../service/errors.ts';
import { text, wholeNumber } from '../service/input.ts';
import type { Answer, Route } from '../service/router.ts';
import { type AcquirerState, acquirerStates } from './state.ts';

/** Slow is longer than any shopper waits. */
const answerMs: Readonly<Record<Exclude<AcquirerState, 'down'>, number>> = { up: 100, slow: 3_000 };
/** From an authorization until the money has moved. */
const captureMs = 800;

export function acquirerRoutes(): Route[] {
  let state: AcquirerState = 'up';

  async function whenOpen(signal: AbortSignal, answer: () => Answer): Promise<Answer> {
    if (state === 'down') return { status: 503, body: { error: 'out of service' } };
    await sleep(answerMs[state], undefined, { signal });
    return answer();
  }

  return [
    {
      method: 'POST',
      path: '/authorizations',
      async handle({ body, signal }) {
        const charge = await body();
        wholeNumber(charge, 'amountCents', 1, 1_000_000);
        text(charge, 'orderId');
        // The id says when, so that nothing has to be remembered.
        return whenOpen(signal, () => ({ status: 201, body: { id: `${Date.now()}-${randomUUID()}` } }));
      },
    },
    {
      method: 'GET',
      path: '/authorizations/:id',
      handle: ({ params, signal }) =>
        whenOpen(signal, () => ({ status: 200, body: { captured: Date.now() - Number(params.id?.split('-')[0]) >= captureMs } })),
    },
    {
      method: 'PUT',
      path: '/state',
      async handle({ body }) {
        const { state: wanted } = await body();
        const known = acquirerStates.find((one) => one === wanted);
        if (known === undefined) throw new HttpError(400, `state must be one of ${acquirerStates.join(', ')}`);
        state = known;
        return { status: 204 };
      },
    },
  ];
}
