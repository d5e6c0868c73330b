import { runService } from '../service/run.ts';
import { paymentRoutes } from './routes.ts';

await runService({ name: 'payment', version: '1.2.7', routes: paymentRoutes });
