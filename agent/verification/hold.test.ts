import { expect, it } from 'vitest';
import { settingsFor } from './hold.ts';
import { verificationSettingsSchema } from './settings.ts';

const settings = verificationSettingsSchema.parse({ holdSeconds: 300, maxHoldSeconds: 900, deadlineSeconds: 1200 });

it.each([
  ['a rule that looks at less', { forSeconds: 60, rangeSeconds: 120 }, 300, 1200],
  ['a rule that looks at more', { forSeconds: 120, rangeSeconds: 300 }, 420, 1320],
  ['a rule that looks at very much', { forSeconds: 600, rangeSeconds: 900 }, 900, 1800],
  ['a rule that remembers an hour', { forSeconds: 120, rangeSeconds: 3600 }, 300, 1200],
  ['a rule nobody knows', null, 300, 1200],
  ['a rule without a time that can be read', { forSeconds: Number.NaN, rangeSeconds: 300 }, 300, 1200],
])('holds for %s', (_, rule, holdSeconds, deadlineSeconds) => {
  expect(settingsFor(rule, settings)).toEqual({ ...settings, holdSeconds, deadlineSeconds });
});

it('refuses a longest hold below the hold', () => {
  expect(verificationSettingsSchema.safeParse({ holdSeconds: 300, maxHoldSeconds: 299 }).success).toBe(false);
});
