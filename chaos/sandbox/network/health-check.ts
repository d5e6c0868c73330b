/** Target health as an Application Load Balancer reckons it: thresholds are pure, the probe is one HTTP GET. */
import { get } from 'node:http';

export interface HealthCheckSettings {
  path: string;
  intervalMs: number;
  timeoutMs: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
}

export type ProbeResult = { isGood: true } | { isGood: false; reason: string };

export interface HealthRecord {
  state: 'initial' | 'healthy' | 'unhealthy';
  /** Results in a row that speak against the state. */
  streak: number;
  /** Why the last probe failed; empty while probes pass. */
  reason: string;
}

/** A new target needs one good probe; after that the thresholds decide. */
export function judge(record: HealthRecord, result: ProbeResult, settings: HealthCheckSettings): HealthRecord {
  const reason = result.isGood ? '' : result.reason;
  if (record.state === 'initial' && result.isGood) return { state: 'healthy', streak: 0, reason };
  const isAgainst = record.state === 'healthy' ? !result.isGood : result.isGood || record.state === 'initial';
  if (!isAgainst) return { ...record, streak: 0, reason };
  const streak = record.streak + 1;
  const threshold = record.state === 'unhealthy' ? settings.healthyThreshold : settings.unhealthyThreshold;
  if (streak < threshold) return { ...record, streak, reason };
  return { state: result.isGood ? 'healthy' : 'unhealthy', streak: 0, reason };
}

/** Any 2xx is good. Reasons are worded as in DescribeTargetHealth. */
export function probe(port: number, path: string, timeoutMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false, headers: { 'user-agent': 'ELB-HealthChecker/2.0' } }, (response) => {
      response.resume();
      clearTimeout(timer);
      const code = response.statusCode ?? 0;
      resolve(code >= 200 && code < 300 ? { isGood: true } : { isGood: false, reason: `Health checks failed with these codes: [${code}]` });
    });
    const timer = setTimeout(() => {
      resolve({ isGood: false, reason: 'Request timed out' });
      request.destroy();
    }, timeoutMs);
    request.on('error', () => {
      clearTimeout(timer);
      resolve({ isGood: false, reason: 'Health checks failed' });
    });
  });
}
