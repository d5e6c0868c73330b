import { runService } from '../../service/run.ts';
import { checkoutRoutes } from '../routes.ts';
import { reservingQuote } from './reservations.ts';

await runService({ name: 'checkout', version: '1.6.0', routes: (kit) => checkoutRoutes(kit, reservingQuote(kit)) });
