import { runService } from '../../service/run.ts';
import { usualForm } from '../products.ts';
import { catalogRoutes } from '../routes.ts';

await runService({ name: 'catalog', version: '3.0.5', routes: (kit) => catalogRoutes(kit, usualForm) });
