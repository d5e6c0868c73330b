/** A product as its document in the database has it. */
import type { Product } from '../database/products.ts';
import type { ProductForm } from './routes.ts';

/** The price in cents, beside the name. */
export const usualForm: ProductForm = {
  read(document) {
    const { id, name, priceCents } = document as Product;
    if (typeof priceCents !== 'number') throw new TypeError(`product ${id} has no price`);
    return { id, name, priceCents };
  },
  page: (product) => product,
};
