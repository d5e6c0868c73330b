import { Gauge } from 'prom-client';
import { type Kit, runService } from '../service/run.ts';
import { type Documents, openDocuments } from './documents.ts';
import { databaseRoutes } from './routes.ts';

const bytesPerMb = 1_000_000;

await runService({
  name: 'database',
  version: '1.0.3',
  routes(kit) {
    const maxMb = kit.setting('DATABASE_MAX_MB') === undefined ? null : kit.wholeNumber('DATABASE_MAX_MB', 1);
    const maxBytes = maxMb === null ? null : maxMb * bytesPerMb;
    const documents = openDocuments(kit.setting('DATABASE_FILE') ?? ':memory:', maxBytes);
    showSize(kit, documents, maxBytes);
    return databaseRoutes(documents);
  },
});

function showSize({ registry }: Kit, documents: Documents, maxBytes: number | null): void {
  const registers = [registry];
  new Gauge({
    name: 'database_size_bytes',
    help: 'What the documents take',
    registers,
    collect() {
      this.set(documents.usedBytes());
    },
  });
  if (maxBytes !== null) new Gauge({ name: 'database_max_bytes', help: 'What the documents may take', registers }).set(maxBytes);
}
