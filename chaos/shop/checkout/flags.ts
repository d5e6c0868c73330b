/** The flags checkout minds, and the quote that depends on them. */
import type { Kit } from '../service/run.ts';
import { withGiftWrap } from './gift-wrap.ts';
import { priceOf } from './pricing.ts';
import type { Quoting } from './routes.ts';

/** The document of the shop's profile in AppConfig, of type `AWS.AppConfig.FeatureFlags`, as the shop is deployed with it. */
export const flagDocument = JSON.stringify({
  version: '1',
  flags: { giftWrap: { name: 'Gift wrapping in quotes' } },
  values: { giftWrap: { enabled: false } },
});

export function usualQuote(kit: Kit): Quoting {
  const flags = kit.flags();
  return (lines) => (flags.isOn('giftWrap') ? withGiftWrap(lines) : priceOf(lines));
}
