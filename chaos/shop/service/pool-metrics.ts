/** Shows a connection pool to Prometheus, under the names OpenTelemetry gives such metrics. */
import { Gauge, type Registry } from 'prom-client';
import type { ConnectionPool } from './connection-pool.ts';

export function showPool(registry: Registry, name: string, pool: ConnectionPool): void {
  const registers = [registry];
  new Gauge({
    name: 'db_client_connections_usage',
    help: 'Pooled connections by state',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      const { used, idle } = pool.usage();
      this.set({ pool: name, state: 'used' }, used);
      this.set({ pool: name, state: 'idle' }, idle);
    },
  });
  new Gauge({
    name: 'db_client_connections_pending_requests',
    help: 'Requests that wait for a pooled connection',
    labelNames: ['pool'],
    registers,
    collect() {
      this.set({ pool: name }, pool.usage().waiting);
    },
  });
}
