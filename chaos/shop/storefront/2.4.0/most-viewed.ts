/** The board of the products looked at most, put together every few seconds. */

interface Place {
  productId: string;
  views: number;
}

const places = 12;
const everyMs = 4_000;

export class MostViewed {
  readonly #views = new Map<string, number>();
  readonly #board: Place[] = Array.from({ length: places }, () => ({ productId: '', views: 0 }));

  constructor() {
    setInterval(() => this.#rank(), everyMs);
  }

  add(productId: string): void {
    this.#views.set(productId, (this.#views.get(productId) ?? 0) + 1);
  }

  #rank(): void {
    const ranked = [...this.#views].sort(([, a], [, b]) => b - a);
    for (const [rank, [productId, views]] of ranked.entries()) {
      const place = this.#board[rank] as Place;
      place.productId = productId;
      place.views = views;
    }
  }
}
