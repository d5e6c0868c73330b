/** The inventory cut down to the clusters the operator allowed: a service of any other does not exist for the agent. */
import type { Inventory } from './inventory.ts';

export function createAllowedInventory(clusters: readonly string[], inventory: Inventory): Inventory {
  return {
    services: async (cluster) => (clusters.includes(cluster) ? inventory.services(cluster) : []),
  };
}
