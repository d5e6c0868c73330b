/** The registry of the sandbox: which program an image reference runs. */
import { fileURLToPath } from 'node:url';

export interface Image {
  /** Absolute path of the file that `node` runs. */
  entry: string;
}

export const images: Readonly<Record<string, Image>> = {
  'shop/storefront:2.3.1': image('storefront/main.ts'),
  'shop/storefront:2.3.2': image('storefront/2.3.2/main.ts'),
  'shop/storefront:2.4.0': image('storefront/2.4.0/main.ts'),
  'shop/catalog:3.0.4': image('catalog/main.ts'),
  'shop/catalog:3.0.5': image('catalog/3.0.5/main.ts'),
  'shop/catalog:3.2.0': image('catalog/3.2.0/main.ts'),
  'shop/cart:2.1.0': image('cart/main.ts'),
  'shop/cart:2.1.1': image('cart/2.1.1/main.ts'),
  'shop/cart:2.2.0': image('cart/2.2.0/main.ts'),
  'shop/checkout:1.4.2': image('checkout/1.4.2/main.ts'),
  'shop/checkout:1.4.3': image('checkout/1.4.3/main.ts'),
  'shop/checkout:1.4.4': image('checkout/1.4.4/main.ts'),
  'shop/checkout:1.4.5': image('checkout/1.4.5/main.ts'),
  'shop/checkout:1.5.0': image('checkout/1.5.0/main.ts'),
  'shop/checkout:1.6.0': image('checkout/1.6.0/main.ts'),
  'shop/payment:1.2.7': image('payment/main.ts'),
  'shop/payment:1.2.8': image('payment/1.2.8/main.ts'),
  'shop/payment:1.3.0': image('payment/1.3.0/main.ts'),
  'shop/database:1.0.3': image('database/main.ts'),
};

function image(path: string): Image {
  return { entry: fileURLToPath(new URL(path, import.meta.url)) };
}
