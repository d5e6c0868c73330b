/** Says with each line of a quote what its gift wrapping would cost. All amounts in cents. */
import type { CartLine } from '../cart/cart.ts';
import { type Price, priceOf } from './pricing.ts';

interface WrappedLine extends CartLine {
  wrapCents: number;
}

/** Paper for one piece. */
const paperCents = new Map([
  ['bowl', 350],
  ['plate', 450],
  ['platter', 650],
  ['teapot', 550],
]);

export function withGiftWrap(lines: readonly CartLine[]): Price & { lines: WrappedLine[] } {
  return { ...priceOf(lines), lines: lines.map((line) => ({ ...line, wrapCents: wrapCents(line) })) };
}

function wrapCents({ name, quantity }: CartLine): number {
  const kind = kindOf(name);
  const cents = paperCents.get(kind);
  if (cents === undefined) throw new RangeError(`no paper is cut for a ${kind}`);
  return cents * quantity;
}

/** A `Rice bowl, blue` is a bowl. */
function kindOf(name: string): string {
  const [product = ''] = name.split(', ');
  return product.slice(product.lastIndexOf(' ') + 1).toLowerCase();
}
