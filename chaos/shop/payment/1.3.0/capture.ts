/** A charge counts when the money has moved: the acquirer is asked until it has. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kit } from '../../service/run.ts';
import { type Authorize, acquirerTimeoutMs, authorizeAt } from '../acquiring.ts';

const askEveryMs = 300;

export function authorizeAndCapture(kit: Kit): Authorize {
  const acquirer = kit.peer('acquirer', acquirerTimeoutMs);
  const authorize = authorizeAt(acquirer);
  return async (charge, request) => {
    const id = await authorize(charge, request);
    for (let isCaptured = false; !isCaptured; ) {
      await sleep(askEveryMs, undefined, { signal: request.signal });
      const { body } = await acquirer.call({ method: 'GET', path: `/authorizations/${encodeURIComponent(id)}`, ...request });
      isCaptured = (body as { captured: boolean }).captured;
    }
    return id;
  };
}
