import { runService } from '../../service/run.ts';
import { usualQuote } from '../flags.ts';
import { checkoutRoutes } from '../routes.ts';

await runService({
  name: 'checkout',
  version: '1.4.3',
  routes(kit) {
    // Invoices name the tax region; it differs per environment.
    kit.log.info({ taxRegion: kit.env('TAX_REGION') }, 'tax region');
    return checkoutRoutes(kit, usualQuote(kit));
  },
});
