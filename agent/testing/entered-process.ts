/** A process that enters a store and stays until it is killed: `node entered-process.ts <json>`. Says `entered`, or why it was refused. */
import { openStore, type StoreAddress } from '../storage/store.ts';

export interface EnterOrder {
  address: StoreAddress;
  owner: string;
}

const { address, owner } = JSON.parse(process.argv[2] ?? '{}') as EnterOrder;
const store = await openStore(address);
try {
  await store.enter(owner);
  process.stdout.write('entered\n');
  setInterval(() => undefined, 60_000);
} catch (error) {
  process.stdout.write(`${error instanceof Error ? error.name : 'refused'}\n`);
  await store.close();
}
