import { runService } from '../service/run.ts';
import { cartRoutes } from './routes.ts';

await runService({ name: 'cart', version: '2.1.0', routes: cartRoutes });
