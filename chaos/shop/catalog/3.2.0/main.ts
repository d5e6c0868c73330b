import { runService } from '../../service/run.ts';
import { catalogRoutes } from '../routes.ts';
import { currencyForm, rewriteProducts } from './currencies.ts';

await runService({
  name: 'catalog',
  version: '3.2.0',
  routes(kit) {
    void rewriteProducts(kit);
    return catalogRoutes(kit, currencyForm);
  },
});
