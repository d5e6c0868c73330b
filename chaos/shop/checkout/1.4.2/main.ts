import { runService } from '../../service/run.ts';
import { usualQuote } from '../flags.ts';
import { checkoutRoutes } from '../routes.ts';

await runService({ name: 'checkout', version: '1.4.2', routes: (kit) => checkoutRoutes(kit, usualQuote(kit)) });
