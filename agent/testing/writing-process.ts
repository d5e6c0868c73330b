/** A process that writes as fast as it can and says what was acknowledged, until it is killed: `node writing-process.ts <json>`. */
import { rows } from '../storage/steps.ts';
import { openStore, type StoreAddress } from '../storage/store.ts';

export interface WriteOrder {
  address: StoreAddress;
  /** Stands before each key. */
  prefix: string;
  /** Writes in flight. */
  wide: number;
}

const { address, prefix, wide } = JSON.parse(process.argv[2] ?? '{}') as WriteOrder;
const { db, write } = await openStore(address);
let count = 0;

/** Two rows a transaction, so that half of one would show. */
async function writeOn(): Promise<void> {
  for (;;) {
    count += 1;
    const key = `${prefix}-${count}`;
    await write(function* () {
      for (const half of ['a', 'b']) yield* rows(db.insertInto('setting').values({ key: `${key}-${half}`, value: '', updated_at: '' }));
    });
    process.stdout.write(`${key}\n`);
  }
}

await Promise.all(Array.from({ length: wide }, writeOn));
