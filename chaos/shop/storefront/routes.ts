/** What shoppers talk to; it asks the other services and owns no data. */
import type { CallAnswer, Peer } from '../service/client.ts';
import { HttpError } from '../service/errors.ts';
import { text, wholeNumber } from '../service/input.ts';
import type { Answer, Exchange, Route } from '../service/router.ts';
import type { Kit } from '../service/run.ts';

/** Shoppers leave after a few seconds; better an honest error before that. */
const timeoutMs = 2_000;
const featured = 6;

/** `viewed` is told of every product page that was asked for. */
export function storefrontRoutes(kit: Kit, viewed: (productId: string) => void = () => {}): Route[] {
  const catalog = kit.peer('catalog', timeoutMs);
  const cart = kit.peer('cart', timeoutMs);
  const checkout = kit.peer('checkout', timeoutMs);
  return [
    {
      method: 'GET',
      path: '/',
      async handle({ traceId }) {
        const { body } = await catalog.call({ method: 'GET', path: '/products', traceId });
        return { status: 200, body: { shop: 'Kiln & Lacquer', featured: Array.isArray(body) ? body.slice(0, featured) : [] } };
      },
    },
    {
      method: 'GET',
      path: '/products',
      handle: async ({ traceId }) => relay(await catalog.call({ method: 'GET', path: '/products', traceId })),
    },
    {
      method: 'GET',
      path: '/products/:id',
      async handle({ params, traceId }) {
        const id = params.id ?? '';
        viewed(id);
        return relay(await product(catalog, id, traceId));
      },
    },
    {
      method: 'GET',
      path: '/search',
      async handle({ query, traceId, signal }) {
        const path = `/search?q=${encodeURIComponent(query.get('q') ?? '')}`;
        return relay(await catalog.call({ method: 'GET', path, traceId, signal }));
      },
    },
    {
      method: 'GET',
      path: '/cart/:session',
      handle: async ({ params, traceId }) => relay(await cart.call({ method: 'GET', path: cartPath(params), traceId })),
    },
    {
      method: 'POST',
      path: '/cart/:session/items',
      async handle({ params, traceId, body, log }) {
        const wanted = await body();
        const productId = text(wanted, 'productId');
        const quantity = wholeNumber(wanted, 'quantity', 1, 20);
        const found = await product(catalog, productId, traceId);
        if (found.status !== 200) {
          // Carts are filled from our own pages.
          log.error(`a page offers product ${productId}, which the range does not have`);
          throw new HttpError(404, `no product ${productId}`);
        }
        const { name, priceCents } = found.body as { name: string; priceCents: number };
        const item = { productId, name, priceCents, quantity };
        return relay(await cart.call({ method: 'POST', path: `${cartPath(params)}/items`, body: item, traceId }));
      },
    },
    { method: 'POST', path: '/quote', handle: (exchange) => forSession(checkout, '/quote', exchange) },
    { method: 'POST', path: '/orders', handle: (exchange) => forSession(checkout, '/orders', exchange) },
  ];
}

function product(catalog: Peer, id: string, traceId: string): Promise<CallAnswer> {
  return catalog.call({ method: 'GET', path: `/products/${encodeURIComponent(id)}`, traceId });
}

function cartPath(params: Record<string, string>): string {
  return `/carts/${encodeURIComponent(params.session ?? '')}`;
}

async function forSession(checkout: Peer, path: string, { body, traceId }: Exchange): Promise<Answer> {
  const session = text(await body(), 'session');
  return relay(await checkout.call({ method: 'POST', path, body: { session }, traceId }));
}

function relay({ status, body }: CallAnswer): Answer {
  return { status, body };
}
