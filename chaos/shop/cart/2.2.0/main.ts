import { runService } from '../../service/run.ts';
import { cartRoutes } from '../routes.ts';
import { Previews } from './previews.ts';

await runService({
  name: 'cart',
  version: '2.2.0',
  routes(kit) {
    const previews = new Previews();
    return cartRoutes(kit, (cart) => ({ ...cart, preview: previews.of(cart) }));
  },
});
