/** What is on sale, read from the database. */

import type { Product } from '../database/products.ts';
import type { Peer } from '../service/client.ts';
import { HttpError } from '../service/errors.ts';
import { text } from '../service/input.ts';
import type { Route } from '../service/router.ts';
import type { Kit } from '../service/run.ts';
import { Search } from './search.ts';

/** How products are kept in the database, and what their pages show. */
export interface ProductForm {
  /** Throws when the document is in no form that is known. */
  read(document: unknown): Product;
  page(product: Product): unknown;
}

const longestQuery = 40;

export function catalogRoutes(kit: Kit, form: ProductForm): Route[] {
  const database = kit.peer('database', kit.wholeNumber('CALL_TIMEOUT_MS', 5_000));
  const search = new Search((traceId) => range(database, form, traceId));
  return [
    {
      method: 'GET',
      path: '/products',
      async handle({ traceId }) {
        return { status: 200, body: await range(database, form, traceId) };
      },
    },
    {
      method: 'GET',
      path: '/products/:id',
      async handle({ params, traceId }) {
        const id = params.id ?? '';
        const { status, body } = await database.call({ method: 'GET', path: `/collections/products/${encodeURIComponent(id)}`, traceId });
        if (status === 404) throw new HttpError(404, `no product ${id}`);
        return { status: 200, body: form.page(form.read(body)) };
      },
    },
    {
      method: 'GET',
      path: '/search',
      async handle({ query, traceId, signal }) {
        const wanted = text({ q: query.get('q') }, 'q', longestQuery);
        return { status: 200, body: await search.find(wanted, traceId, signal) };
      },
    },
  ];
}

async function range(database: Peer, form: ProductForm, traceId: string): Promise<Product[]> {
  const { body } = await database.call({ method: 'GET', path: '/collections/products', traceId });
  return (body as unknown[]).map(form.read);
}
