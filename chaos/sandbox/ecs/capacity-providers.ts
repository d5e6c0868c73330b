/** Pure: which capacity provider the next task of a service gets, and how many tasks can be placed while Spot has no room. */
import type { CapacityProviderStrategyItem } from '@aws-sdk/client-ecs';

export type CapacityProvider = 'FARGATE' | 'FARGATE_SPOT';

export const spot = 'FARGATE_SPOT' satisfies CapacityProvider;

/** `placed`: the providers of the tasks there are. Bases are filled first, then whoever is furthest behind its weight. Undefined without a strategy. */
export function nextProvider(
  strategy: readonly CapacityProviderStrategyItem[],
  placed: readonly (CapacityProvider | undefined)[],
): CapacityProvider | undefined {
  const count = ({ capacityProvider }: CapacityProviderStrategyItem): number => placed.filter((one) => one === capacityProvider).length;
  const below = strategy.find((item) => count(item) < (item.base ?? 0));
  if (below !== undefined) return below.capacityProvider as CapacityProvider;
  const weighted = strategy
    .filter(({ weight = 0 }) => weight > 0)
    .map((item) => ({ item, load: (count(item) - (item.base ?? 0) + 1) / (item.weight ?? 1) }));
  return weighted.toSorted((a, b) => a.load - b.load)[0]?.item.capacityProvider as CapacityProvider | undefined;
}

/** Of `room` places, those that are filled before it is the turn of Spot, which has none: ECS does not turn to another provider instead. */
export function roomWithoutSpot(
  strategy: readonly CapacityProviderStrategyItem[],
  placed: readonly (CapacityProvider | undefined)[],
  room: number,
): number {
  if (!strategy.some(({ capacityProvider }) => capacityProvider === spot)) return room;
  const all = [...placed];
  for (let count = 0; count < room; count += 1) {
    const next = nextProvider(strategy, all);
    if (next === spot) return count;
    all.push(next);
  }
  return room;
}
