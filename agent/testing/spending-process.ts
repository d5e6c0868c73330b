/** A process that asks for money for models as fast as it can and says what it got, until nothing is left or it is killed: `node spending-process.ts <json>`. */
import { createLlmBudget } from '../llm/budget/budget.ts';
import { llmBudgetSettingsSchema } from '../llm/budget/settings.ts';
import { createModelCallStore } from '../storage/model-call-store.ts';
import { openStore, type StoreAddress } from '../storage/store.ts';
import { systemClock } from '../system-clock.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics } from '../telemetry/metrics.ts';

export interface SpendOrder {
  address: StoreAddress;
  incidentId: string;
  ceilingUsd: number;
  /** Calls in flight. */
  wide: number;
}

/** Each costs a cent: 40,000 tokens in. */
const call = { role: 'analysis', model: 'openai:gpt-5-mini', inputTokens: 40_000, maxOutputTokens: 0 } as const;

const { address, incidentId, ceilingUsd, wide } = JSON.parse(process.argv[2] ?? '{}') as SpendOrder;
const store = await openStore(address);
const budget = createLlmBudget(
  {
    calls: createModelCallStore(store),
    clock: systemClock,
    logger: createLogger('silent'),
    metrics: createMetrics(async () => ({})),
    newId: () => crypto.randomUUID(),
  },
  llmBudgetSettingsSchema.parse({ incidentUsd: ceilingUsd, dayUsd: 1000, monthUsd: 1000 }),
);

async function spendOn(_: unknown, place: number): Promise<void> {
  for (let count = place; ; count += 1) {
    const reserved = await budget.reserve({ incidentId, ...call });
    if (reserved.kind === 'refused') return;
    process.stdout.write(`${reserved.id}\n`);
    // Of every third nobody learns what it took.
    await budget.settle(reserved.id, count % 3 === 0 ? null : { inputTokens: call.inputTokens, outputTokens: 0 });
  }
}

await Promise.all(Array.from({ length: wide }, spendOn));
await store.close();
