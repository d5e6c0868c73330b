/** Products priced in a currency: `price: { amount, currency }` in the documents, which are brought into that form when a task starts. */
import type { Product } from '../../database/products.ts';
import type { Kit } from '../../service/run.ts';
import { traceIdOf } from '../../service/trace.ts';
import { usualForm } from '../products.ts';
import type { ProductForm } from '../routes.ts';

interface PricedProduct {
  id: string;
  name: string;
  price: { amount: number; currency: 'EUR' };
}

/** Other services go on reading the price in cents. */
export const currencyForm: ProductForm = {
  read(document) {
    const { id, name, price } = document as Partial<PricedProduct>;
    if (id === undefined || name === undefined || price === undefined) return usualForm.read(document);
    return { id, name, priceCents: price.amount };
  },
  page: (product) => ({ ...product, variant: variantOf(product) }),
};

/** A `Tea bowl, black glaze` is the variant `black glaze` of the tea bowl. */
function variantOf({ id, name }: Product): string {
  const [, variant] = name.split(', ');
  if (variant === undefined) throw new SyntaxError(`product ${id}: "${name}" names no variant`);
  return variant;
}

/** Several tasks may do so at a time: each writes the same. */
export async function rewriteProducts(kit: Kit): Promise<void> {
  const database = kit.peer('database', 5_000);
  const traceId = traceIdOf(undefined);
  try {
    const { body } = await database.call({ method: 'GET', path: '/collections/products', traceId });
    for (const document of body as unknown[]) {
      const { id, name, priceCents } = currencyForm.read(document);
      const priced: PricedProduct = { id, name, price: { amount: priceCents, currency: 'EUR' } };
      await database.call({ method: 'PUT', path: `/collections/products/${encodeURIComponent(id)}`, body: priced, traceId });
    }
    kit.log.info({ products: (body as unknown[]).length }, 'the products carry a currency');
  } catch (error) {
    // Products in the form before are read as well.
    kit.log.error({ err: error }, 'the products could not be brought into the form with currencies');
  }
}
