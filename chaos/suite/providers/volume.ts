/** What happens to the volume a data store keeps its files on: others fill it, others lock it. It outlives the tasks. */
import { z } from 'zod';
import { startBackup } from '../../shop/database/backup.ts';
import { loopbackUrl } from '../../shop/load/loopback.ts';
import { action, type ProviderModule } from './provider.ts';

const Fill = z.strictObject({ service: z.string().min(1) });
type Fill = z.infer<typeof Fill>;

const journal = '/collections/journal';
/** Characters of an entry, below what the service takes as a body; what has no room for a large one still has it for a cart. */
const entrySizes = [48_000, 3_000, 30] as const;
/** Far more than a bounded volume holds: one that takes all of it has no bound. */
const mostEntries = 500;

/** By writing to it as any client may, until a write is refused. */
const fill = action({
  arguments: Fill,
  strikes: ({ service }: Fill) => [service],
  scope: 'each-cluster',
  async run({ service }: Fill, { cluster, signal }) {
    const base = loopbackUrl(cluster.control.urlOf(service));
    const isWritten = async (entry: string, text: string) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ text });
      return (await fetch(new URL(`${journal}/${entry}`, base), { method: 'PUT', headers, body, signal })).ok;
    };
    for (const size of entrySizes) {
      let entry = 0;
      while (await isWritten(`${size}-${entry}`, 'x'.repeat(size))) {
        entry += 1;
        if (entry === mostEntries) throw new Error(`the volume of ${service} took ${mostEntries} entries of ${size} and is not full`);
      }
    }
    return async () => {
      await fetch(new URL(journal, base), { method: 'DELETE' });
    };
  },
});

const Backup = z.strictObject({
  service: z.string().min(1),
  /** So long the lock is held, and so long it is let go, in turn. */
  lockMs: z.int().min(10).max(10_000),
  restMs: z.int().min(10).max(10_000),
});
type Backup = z.infer<typeof Backup>;

const backup = action({
  arguments: Backup,
  strikes: ({ service }: Backup) => [service],
  scope: 'each-cluster',
  async run({ service, lockMs, restMs }: Backup, { cluster, signal }) {
    const { databaseFile } = cluster;
    if (databaseFile === undefined) throw new Error(`${service} keeps no file on this stage`);
    const over = new AbortController();
    const { done } = startBackup(databaseFile, { lockMs, restMs, signal: AbortSignal.any([signal, over.signal]) });
    const failure = done.then(
      () => undefined,
      (error: unknown) => error,
    );
    return async () => {
      over.abort();
      const error = await failure;
      if (error !== undefined) throw new Error('the backup ended before it was told to', { cause: error });
    };
  },
});

export const volume: ProviderModule = { name: 'volume', actions: { fill, backup }, probes: {} };
