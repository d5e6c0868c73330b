/** A session's cart and what adding to it means. Prices in cents. */

export interface CartLine {
  productId: string;
  name: string;
  priceCents: number;
  quantity: number;
}

export interface Cart {
  session: string;
  lines: CartLine[];
}

export const maxQuantity = 20;

/** Adds to the line of the same product, up to `maxQuantity` pieces. */
export function withLine(cart: Cart, added: CartLine): Cart {
  const same = cart.lines.find((line) => line.productId === added.productId);
  if (!same) return { ...cart, lines: [...cart.lines, added] };
  const merged = { ...added, quantity: Math.min(maxQuantity, same.quantity + added.quantity) };
  return { ...cart, lines: cart.lines.map((line) => (line === same ? merged : line)) };
}
