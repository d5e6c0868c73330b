/** The registry of the sandbox: which program an image reference runs. */
import { fileURLToPath } from 'node:url';

export interface Image {
  /** Absolute path of the file that `node` runs. */
  entry: string;
}

export const images: Readonly<Record<string, Image>> = {
  'shop/storefront:2.3.1': image('storefront/main.ts'),
  'shop/catalog:3.0.4': image('catalog/main.ts'),
  'shop/cart:2.1.0': image('cart/main.ts'),
  'shop/checkout:1.4.2': image('checkout/1.4.2/main.ts'),
  'shop/checkout:1.4.3': image('checkout/1.4.3/main.ts'),
  'shop/checkout:1.5.0': image('checkout/1.5.0/main.ts'),
  'shop/payment:1.2.7': image('payment/main.ts'),
  'shop/database:1.0.3': image('database/main.ts'),
};

function image(path: string): Image {
  return { entry: fileURLToPath(new URL(path, import.meta.url)) };
}
