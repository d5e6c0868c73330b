/** What a cart costs. All amounts in whole cents. */
import type { CartLine } from '../cart/cart.ts';

export interface Price {
  subtotalCents: number;
  discountCents: number;
  shippingCents: number;
  totalCents: number;
}

/** Ten percent off from this subtotal. */
const discountFromCents = 1_500;
const discountPercent = 10;
const shippingCents = 590;
const freeShippingFromCents = 8_000;

export function subtotalOf(lines: readonly CartLine[]): number {
  return lines.reduce((sum, line) => sum + line.priceCents * line.quantity, 0);
}

/** The seasonal discount on a subtotal, before rounding. */
export function seasonalDiscount(subtotalCents: number): number {
  return subtotalCents >= discountFromCents ? (subtotalCents * discountPercent) / 100 : 0;
}

export function priceOf(lines: readonly CartLine[]): Price {
  const subtotalCents = subtotalOf(lines);
  const discountCents = Math.round(seasonalDiscount(subtotalCents));
  const shipping = subtotalCents - discountCents >= freeShippingFromCents ? 0 : shippingCents;
  return { subtotalCents, discountCents, shippingCents: shipping, totalCents: subtotalCents - discountCents + shipping };
}
