import { runService } from '../../service/run.ts';
import { storefrontRoutes } from '../routes.ts';
import { MostViewed } from './most-viewed.ts';

await runService({
  name: 'storefront',
  version: '2.4.0',
  routes(kit) {
    const mostViewed = new MostViewed();
    return storefrontRoutes(kit, (productId) => mostViewed.add(productId));
  },
});
