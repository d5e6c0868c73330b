/** Pictures of carts, drawn when a cart is answered and kept until somebody comes for them. */
import { randomUUID } from 'node:crypto';
import type { Cart } from '../cart.ts';

const [width, height, bytesPerPixel] = [1_024, 768, 4];

export class Previews {
  readonly #drawn = new Map<string, Buffer>();

  /** The id of the cart's picture. */
  of(cart: Cart): string {
    const id = randomUUID();
    this.#drawn.set(id, draw(cart));
    return id;
  }
}

/** One grey for each number of pieces. */
function draw({ lines }: Cart): Buffer {
  const pieces = lines.reduce((sum, line) => sum + line.quantity, 0);
  return Buffer.alloc(width * height * bytesPerPixel, 1 + (pieces % 255));
}
