/** The shop's customers: the seeded mix of requests, at a steady rate. */
import { createMix } from './mix.ts';
import { type LoadOptions, type LoadRun, startLoad } from './run.ts';

export interface ShopperOptions extends LoadOptions {
  seed: number;
}

/** `url` is the storefront. */
export function startShoppers({ seed, ...options }: ShopperOptions): LoadRun {
  const mix = createMix(seed);
  return startLoad(options, () => mix.next());
}
