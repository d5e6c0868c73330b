/** What is on sale, read from the database. */
import { HttpError } from '../service/errors.ts';
import type { Route } from '../service/router.ts';
import type { Kit } from '../service/run.ts';

export function catalogRoutes(kit: Kit): Route[] {
  const database = kit.peer('database', 5_000);
  return [
    {
      method: 'GET',
      path: '/products',
      async handle({ traceId }) {
        const { body } = await database.call({ method: 'GET', path: '/collections/products', traceId });
        return { status: 200, body };
      },
    },
    {
      method: 'GET',
      path: '/products/:id',
      async handle({ params, traceId }) {
        const id = params.id ?? '';
        const { status, body } = await database.call({ method: 'GET', path: `/collections/products/${encodeURIComponent(id)}`, traceId });
        if (status === 404) throw new HttpError(404, `no product ${id}`);
        return { status: 200, body };
      },
    },
  ];
}
