/** What every service reports about itself to Prometheus. Durations in seconds, memory in bytes. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

// 0.5 is the alert's threshold and must stay a bucket boundary: the quantile is interpolated within a bucket.
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface Metrics {
  registry: Registry;
  inFlight: Gauge;
  /** Shows every code from the start, so that the first failure is already an increase that `rate()` can see. */
  declareRoute(method: string, route: string): void;
  declarePeer(peer: string): void;
  served(method: string, route: string, code: number, seconds: number): void;
  /** `code` is a status, `timeout`, `error`, or 499 when the caller no longer wanted the answer. */
  called(peer: string, code: string, seconds: number): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests answered, by status; 499 when the client hung up before the answer',
    labelNames: ['method', 'route', 'code'],
    registers,
  });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of the answer',
    labelNames: ['method', 'route'],
    buckets,
    registers,
  });
  const inFlight = new Gauge({ name: 'http_requests_in_flight', help: 'Requests not yet answered', registers });
  const calls = new Counter({
    name: 'http_client_requests_total',
    help: 'Calls to other services, by status, timeout or error',
    labelNames: ['peer', 'code'],
    registers,
  });
  const callDuration = new Histogram({
    name: 'http_client_request_duration_seconds',
    help: 'Time of calls to other services',
    labelNames: ['peer'],
    buckets,
    registers,
  });
  processMetrics(registers);
  return {
    registry,
    inFlight,
    declareRoute(method, route) {
      for (const code of ['200', '500', '502', '504']) requests.inc({ method, route, code }, 0);
      duration.zero({ method, route });
    },
    declarePeer(peer) {
      for (const code of ['200', '500', '502', '503', '504', 'timeout', 'error']) calls.inc({ peer, code }, 0);
      callDuration.zero({ peer });
    },
    served(method, route, code, seconds) {
      requests.inc({ method, route, code });
      duration.observe({ method, route }, seconds);
    },
    called(peer, code, seconds) {
      calls.inc({ peer, code });
      callDuration.observe({ peer }, seconds);
    },
  };
}

/** Names and meanings of prom-client's defaults; only these few, because a full set costs milliseconds per scrape. */
function processMetrics(registers: Registry[]): void {
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory size in bytes.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  let counted = 0;
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'Total user and system CPU time spent in seconds.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      const seconds = (user + system) / 1e6;
      this.inc(Math.max(0, seconds - counted));
      counted = seconds;
    },
  });
  new Gauge({ name: 'process_start_time_seconds', help: 'Start time of the process since unix epoch in seconds.', registers }).set(
    Date.now() / 1000 - process.uptime(),
  );
}
