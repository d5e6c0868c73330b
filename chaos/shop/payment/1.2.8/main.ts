import { runService } from '../../service/run.ts';
import { acquirerOf } from '../acquiring.ts';
import { paymentRoutes } from '../routes.ts';

await runService({
  name: 'payment',
  version: '1.2.8',
  routes(kit) {
    const authorize = acquirerOf(kit);
    let isProven = false;
    // Ready is who has charged a card.
    kit.onHealthCheck(() => (isProven ? null : 'no card was charged yet'));
    return paymentRoutes(kit, async (charge, request) => {
      const id = await authorize(charge, request);
      isProven = true;
      return id;
    });
  },
});
