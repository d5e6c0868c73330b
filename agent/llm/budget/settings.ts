/** Ceilings of what models may cost, and prices that differ from the table's. */
import { z } from 'zod';

const usd = (value: number, description: string) => z.number().min(0).max(1_000_000).default(value).describe(description);

const OwnPrice = z.strictObject({
  inputUsd: z.number().min(0).max(100_000),
  outputUsd: z.number().min(0).max(100_000),
});

export const llmBudgetSettingsSchema = z.object({
  incidentUsd: usd(0.5, 'Most that models may cost for one incident, US dollars; after that rules go on alone'),
  dayUsd: usd(5, 'Most that models may cost in one day (UTC), all replicas and incidents together'),
  monthUsd: usd(50, 'Most that models may cost in one calendar month (UTC)'),
  nearShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.8)
    .describe('When this share of a ceiling is spent or promised, the cheaper models of a chain are asked first'),
  prices: z
    .record(z.string().regex(/^[a-z]+:./, 'must be named <provider>:<model> or <provider>:*'), OwnPrice)
    .default({})
    .describe(
      'Prices per million tokens that differ from the table of docs/models.md, such as {"compatible:*":{"inputUsd":0,"outputUsd":0}} for a server of your own',
    ),
});
export type LlmBudgetSettings = z.infer<typeof llmBudgetSettingsSchema>;
