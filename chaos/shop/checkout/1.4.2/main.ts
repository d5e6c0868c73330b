import { runService } from '../../service/run.ts';
import { priceOf } from '../pricing.ts';
import { checkoutRoutes } from '../routes.ts';

await runService({ name: 'checkout', version: '1.4.2', routes: (kit) => checkoutRoutes(kit, priceOf) });
