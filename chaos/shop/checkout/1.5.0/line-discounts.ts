/** Shows the seasonal discount on each line of a quote, so that customers see where they save. All amounts in cents. */
import type { CartLine } from '../../cart/cart.ts';
import { type Price, priceOf, seasonalDiscount, subtotalOf } from '../pricing.ts';

export interface QuoteLine extends CartLine {
  discountCents: number;
}

export interface Quote extends Price {
  lines: QuoteLine[];
}

export function quoteOf(lines: readonly CartLine[]): Quote {
  const discount = seasonalDiscount(subtotalOf(lines));
  const shares = allocate(
    discount,
    lines.map((line) => line.priceCents * line.quantity),
  );
  return { ...priceOf(lines), lines: lines.map((line, index) => ({ ...line, discountCents: shares[index] ?? 0 })) };
}

/** Splits `amount` in proportion to `weights` into whole cents; cents left over go to the largest remainders. */
function allocate(amount: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const exact = weights.map((weight) => (amount * weight) / sum);
  const shares = exact.map(Math.floor);
  const byRemainder = exact.map((value, index) => ({ index, remainder: value % 1 })).sort((a, b) => b.remainder - a.remainder);
  let left = Math.round(amount) - total(shares);
  for (const { index } of byRemainder) {
    if (left === 0) break;
    shares[index] = (shares[index] ?? 0) + 1;
    left -= 1;
  }
  if (total(shares) !== amount) throw new RangeError(`line discounts add up to ${total(shares)} cents, the discount is ${amount}`);
  return shares;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
