import { runService } from '../../service/run.ts';
import { checkoutRoutes } from '../routes.ts';
import { quoteOf } from './line-discounts.ts';

await runService({ name: 'checkout', version: '1.5.0', routes: (kit) => checkoutRoutes(kit, quoteOf) });
