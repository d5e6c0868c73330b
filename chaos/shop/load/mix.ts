/** Which request shoppers send next: a pure, seeded sequence, so that two clusters and two runs see the same traffic. */
import { products } from '../database/products.ts';

export interface ShopRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  /** The storefront's route, for the summary. */
  route: string;
  body?: Record<string, unknown>;
}

type Kind = 'home' | 'list' | 'product' | 'add' | 'view' | 'quote' | 'order';

/** Share of each kind in percent. */
const shares: readonly (readonly [Kind, number])[] = [
  ['home', 12],
  ['list', 18],
  ['product', 22],
  ['add', 13],
  ['view', 11],
  ['quote', 14],
  ['order', 10],
];
const wantedCarts = 30;
/** Requests that pass before a cart is used again: its last change has been answered by then. */
const restRequests = 25;

interface OpenCart {
  session: string;
  lastUse: number;
}

export interface Mix {
  next(): ShopRequest;
}

/** `seed` also names the sessions: runs with different seeds never share a cart. */
export function createMix(seed: number): Mix {
  const random = mulberry32(seed);
  const carts: OpenCart[] = [];
  let count = 0;
  let sessions = 0;
  const rested = (): OpenCart[] => carts.filter((cart) => count - cart.lastUse >= restRequests);
  const pick = <T>(values: readonly T[]): T | undefined => values[Math.floor(random() * values.length)];
  const productId = (): string => pick(products)?.id ?? '';

  function add(): ShopRequest {
    let cart = carts.length >= wantedCarts ? pick(rested()) : undefined;
    if (!cart) {
      sessions += 1;
      cart = { session: `s${seed}-${sessions}`, lastUse: count };
      carts.push(cart);
    }
    cart.lastUse = count;
    return {
      method: 'POST',
      path: `/cart/${cart.session}/items`,
      route: '/cart/:session/items',
      body: { productId: productId(), quantity: 1 + Math.floor(random() * 3) },
    };
  }

  function onCart(kind: 'view' | 'quote' | 'order'): ShopRequest {
    const cart = kind === 'order' ? rested()[0] : pick(rested());
    if (!cart) return add();
    if (kind === 'view') return { method: 'GET', path: `/cart/${cart.session}`, route: '/cart/:session' };
    if (kind === 'quote') {
      cart.lastUse = count;
      return { method: 'POST', path: '/quote', route: '/quote', body: { session: cart.session } };
    }
    carts.splice(carts.indexOf(cart), 1);
    return { method: 'POST', path: '/orders', route: '/orders', body: { session: cart.session } };
  }

  return {
    next() {
      count += 1;
      const kind = kindAt(random() * 100);
      switch (kind) {
        case 'home':
          return { method: 'GET', path: '/', route: '/' };
        case 'list':
          return { method: 'GET', path: '/products', route: '/products' };
        case 'product':
          return { method: 'GET', path: `/products/${productId()}`, route: '/products/:id' };
        case 'add':
          return add();
        case 'view':
        case 'quote':
        case 'order':
          return onCart(kind);
      }
    },
  };
}

function kindAt(percent: number): Kind {
  let sum = 0;
  for (const [kind, share] of shares) {
    sum += share;
    if (percent < sum) return kind;
  }
  return 'home';
}

/** Small well-known generator (Tommy Ettinger's mulberry32); answers [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
