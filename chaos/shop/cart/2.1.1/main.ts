import { runService } from '../../service/run.ts';
import { cartRoutes } from '../routes.ts';

await runService({
  name: 'cart',
  version: '2.1.1',
  // As orders call what was bought.
  routes: (kit) => cartRoutes(kit, ({ session, lines }) => ({ session, items: lines })),
});
