import { runService } from '../service/run.ts';
import { acquirerOf } from './acquiring.ts';
import { paymentRoutes } from './routes.ts';

await runService({ name: 'payment', version: '1.2.7', routes: (kit) => paymentRoutes(kit, acquirerOf(kit)) });
