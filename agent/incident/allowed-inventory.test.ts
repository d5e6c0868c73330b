import { expect, it } from 'vitest';
import { createAllowedInventory } from './allowed-inventory.ts';

it('knows no service of a cluster the operator did not name, and does not even ask for them', async () => {
  const asked: string[] = [];
  const inventory = createAllowedInventory(['shop'], {
    services: async (cluster) => {
      asked.push(cluster);
      return ['checkout'];
    },
  });
  expect(await inventory.services('shop')).toEqual(['checkout']);
  expect(await inventory.services('production')).toEqual([]);
  expect(asked).toEqual(['shop']);
});
