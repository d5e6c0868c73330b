/**
 * The ceilings under a flood: several replicas at once, kills and restarts, days and months that end in between. The judge is the provider's
 * own bill, priced by a list of its own.
 */
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { createIncidentStore } from '../../storage/incident-store.ts';
import { createModelCallStore } from '../../storage/model-call-store.ts';
import { type OpenStore, openStore } from '../../storage/store.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { campaign } from '../../testing/campaign.ts';
import { engines } from '../../testing/engines.ts';
import { createFakeClock, type FakeClock } from '../../testing/fake-clock.ts';
import { receivedAlert } from '../../testing/received-alert.ts';
import { countingIds, openTempStore, testAuditKeys } from '../../testing/temp-store.ts';
import type { LlmBudget } from '../budget.ts';
import { createLlmBudget } from './budget.ts';
import { llmBudgetSettingsSchema } from './settings.ts';

/** US dollars per million tokens, as the providers bill them; of one of them the agent has no price. */
const bills: Record<string, readonly [number, number]> = {
  'openai:gpt-5-mini': [0.25, 2],
  'openai:gpt-5.4': [2.5, 15],
  'anthropic:claude-opus-4-5': [5, 25],
  'bedrock:us.amazon.nova-lite-v1:0': [0.06, 0.24],
  'compatible:unheard-of': [3, 20],
  'scripted:demo': [0, 0],
};
const free = 'scripted:demo';

const call = fc.record({
  incident: fc.integer({ min: 1, max: 3 }),
  role: fc.constantFrom('triage' as const, 'analysis' as const, 'audit' as const),
  model: fc.constantFrom(...Object.keys(bills)),
  inputTokens: fc.integer({ min: 1, max: 40_000 }),
  maxOutputTokens: fc.integer({ min: 1, max: 8_000 }),
  /** Of what was reserved. */
  used: fc.double({ min: 0.5, max: 1, noNaN: true }),
  /** Of a provider that bills more than was reserved: so many times as much. */
  excess: fc.double({ min: 1, max: 3, noNaN: true }),
  replica: fc.nat(),
  /** Answers only when every call of its batch was let through or refused. */
  isSlow: fc.boolean(),
  fate: fc.constantFrom('settled', 'settled', 'settled', 'not-said', 'killed-before', 'killed-after'),
});
type Call = typeof call extends fc.Arbitrary<infer Value> ? Value : never;

const flood = fc.record({
  incidentUsd: fc.double({ min: 0.2, max: 2, noNaN: true }),
  dayUsd: fc.double({ min: 0.2, max: 3, noNaN: true }),
  monthUsd: fc.double({ min: 0.5, max: 6, noNaN: true }),
  replicas: fc.integer({ min: 1, max: 4 }),
  keepsTo: fc.boolean(),
  batches: fc.array(fc.record({ hours: fc.integer({ min: 0, max: 60 }), calls: fc.array(call, { minLength: 10, maxLength: 40 }) }), {
    minLength: 4,
    maxLength: 9,
  }),
});
type Flood = typeof flood extends fc.Arbitrary<infer Value> ? Value : never;

interface Bill {
  incident: string;
  at: string;
  usd: number;
}

interface Flooded {
  asked: number;
  refused: number;
  bill: Bill[];
}

describe.each(engines)('the money for models on %s', (engine) => {
  campaign(
    {
      id: 'S18',
      title: 'a flood of calls to models, over replicas that are killed, never passes a ceiling by more than one call',
      store: engine,
      runs: { ci: 15, lab: 100 },
    },
    async (run) => {
      const sums = { asked: 0, refused: 0, over: 0, fullest: 0 };
      for (const [index, one] of run.sample(flood, run.runs).entries()) {
        await run.attempt(`flood ${index}`, async () => {
          const { asked, refused, bill } = await flooded(engine, one);
          sums.asked += asked;
          sums.refused += refused;
          for (const { window, spentUsd, ceilingUsd } of windowsOf(bill, one)) {
            const dearest = Math.max(0, ...bill.map(({ usd }) => usd));
            sums.fullest = Math.max(sums.fullest, spentUsd / ceilingUsd);
            sums.over = Math.max(sums.over, spentUsd - ceilingUsd);
            // A provider that bills no more than was reserved can pass no ceiling at all.
            const allowed = one.keepsTo ? ceilingUsd : ceilingUsd + dearest;
            expect(spentUsd, `${window}: ceiling ${ceilingUsd}, dearest call ${dearest}`).toBeLessThanOrEqual(allowed + 1e-9);
          }
        });
      }
      // A budget that lets nothing through, or a flood that reaches no ceiling, would prove nothing.
      expect(sums.refused).toBeGreaterThan(sums.asked / 20);
      expect(sums.refused).toBeLessThan(sums.asked);
      expect(sums.fullest).toBeGreaterThan(0.8);
      run.measure('calls', sums.asked);
      run.measure('refused', sums.refused);
      run.measure('most of a ceiling that was billed, of 1', sums.fullest);
      run.measure('most over a ceiling, by a provider that bills more than was reserved, US dollars', sums.over);
    },
  );
});

/** Who bills more than was reserved is asked one call at a time: of those that run at once each may be the one call that is too much. */
async function flooded(engine: (typeof engines)[number], one: Flood): Promise<Flooded> {
  const temp = await openTempStore({ engine });
  const clock = createFakeClock('2026-01-30T03:00:00.000Z');
  const replicas: Replica[] = [];
  const told: Flooded = { asked: 0, refused: 0, bill: [] };
  try {
    const incidents = createIncidentStore(temp.store, clock, countingIds('incident'));
    const alerts = ['HighErrorRatio', 'HighLatency', 'ServiceDown'];
    await incidents.receive(alerts.map((name) => receivedAlert({ alert: { name, fingerprint: name }, bodyHash: name })));
    const startOne = async () => replicaOf(await openStore(temp.address, { auditKeys: testAuditKeys }), clock, one);
    for (let count = 0; count < one.replicas; count += 1) replicas.push(await startOne());

    for (const { hours, calls } of one.batches) {
      await clock.advance(hours * 3_600_000);
      const killed = new Set<number>();
      const turnstile = turnstileFor(one.keepsTo ? calls.length : 0);
      const make = async (given: Call) => {
        const place = given.replica % replicas.length;
        const { budget } = replicas[place] as Replica;
        if (given.fate.startsWith('killed')) killed.add(place);
        await oneCall(budget, given, { clock, told, keepsTo: one.keepsTo, turnstile });
      };
      if (one.keepsTo) await Promise.all(calls.map(make));
      else for (const given of calls) await make(given);
      for (const place of killed) {
        await replicas[place]?.store.close();
        replicas[place] = await startOne();
      }
    }
    return told;
  } finally {
    for (const { store } of replicas) await store.close();
    await temp.remove();
  }
}

interface Replica {
  store: OpenStore;
  budget: LlmBudget;
}

function replicaOf(store: OpenStore, clock: FakeClock, { incidentUsd, dayUsd, monthUsd }: Flood): Replica {
  const logger = createLogger('silent');
  const metrics = createMetrics(async () => ({}));
  const settings = llmBudgetSettingsSchema.parse({ incidentUsd, dayUsd, monthUsd });
  const newId = () => crypto.randomUUID();
  return { store, budget: createLlmBudget({ calls: createModelCallStore(store), clock, logger, metrics, newId }, settings) };
}

interface Turnstile {
  pass(): void;
  allPassed: Promise<void>;
}

function turnstileFor(count: number): Turnstile {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = count;
  if (left === 0) resolve();
  return {
    allPassed: promise,
    pass() {
      left -= 1;
      if (left === 0) resolve();
    },
  };
}

interface Surroundings {
  clock: FakeClock;
  told: Flooded;
  keepsTo: boolean;
  turnstile: Turnstile;
}

async function oneCall(budget: LlmBudget, given: Call, { clock, told, keepsTo, turnstile }: Surroundings): Promise<void> {
  const { role, model, inputTokens, maxOutputTokens, fate } = given;
  const incidentId = `incident-${given.incident}`;
  const at = clock.now().toISOString();
  told.asked += 1;
  const reserved = await budget.reserve({ incidentId, role, model, inputTokens, maxOutputTokens });
  turnstile.pass();
  if (reserved.kind === 'refused') {
    expect(model, 'what costs nothing is never refused').not.toBe(free);
    told.refused += 1;
    return;
  }
  if (fate === 'killed-before') return;
  if (given.isSlow) await turnstile.allPassed;
  // A bill beyond what was reserved that nobody ever tells of is past all knowing.
  const share = keepsTo || fate !== 'settled' ? given.used : given.excess;
  const took = { inputTokens: Math.ceil(inputTokens * share), outputTokens: Math.floor(maxOutputTokens * share) };
  const [inputUsd, outputUsd] = bills[model] ?? [0, 0];
  told.bill.push({ incident: incidentId, at, usd: (took.inputTokens * inputUsd + took.outputTokens * outputUsd) / 1e6 });
  if (fate === 'killed-after') return;
  await budget.settle(reserved.id, fate === 'not-said' ? null : took);
}

function windowsOf(bill: readonly Bill[], { incidentUsd, dayUsd, monthUsd }: Flood) {
  const sums = new Map<string, { window: string; ceilingUsd: number; spentUsd: number }>();
  for (const { incident, at, usd } of bill) {
    const falls: [string, number][] = [
      [incident, incidentUsd],
      [at.slice(0, 10), dayUsd],
      [at.slice(0, 7), monthUsd],
    ];
    for (const [window, ceilingUsd] of falls) {
      const sum = sums.get(window) ?? { window, ceilingUsd, spentUsd: 0 };
      sum.spentUsd += usd;
      sums.set(window, sum);
    }
  }
  return [...sums.values()];
}
