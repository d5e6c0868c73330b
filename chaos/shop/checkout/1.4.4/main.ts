import { runService } from '../../service/run.ts';
import { usualQuote } from '../flags.ts';
import { checkoutRoutes } from '../routes.ts';

/** Tax rates older than this are not to be sold by. */
const ratesMaxAgeMs = 3_000;

await runService({
  name: 'checkout',
  version: '1.4.4',
  routes(kit) {
    const ratesReadAt = performance.now();
    kit.onHealthCheck(() => (performance.now() - ratesReadAt > ratesMaxAgeMs ? 'the tax rates are out of date' : null));
    return checkoutRoutes(kit, usualQuote(kit));
  },
});
