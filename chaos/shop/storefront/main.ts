import { runService } from '../service/run.ts';
import { storefrontRoutes } from './routes.ts';

await runService({ name: 'storefront', version: '2.3.1', routes: (kit) => storefrontRoutes(kit) });
