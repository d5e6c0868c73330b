import { runService } from '../service/run.ts';
import { acquirerRoutes } from './routes.ts';

await runService({ name: 'acquirer', version: '7.0.0', routes: acquirerRoutes });
