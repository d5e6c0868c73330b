/**
 * The policy file while the agent runs: an edit is in force within two seconds, whole or not at all. While the file is faulty, missing, still
 * being written or was not looked at for long, there is no policy, and nothing is allowed.
 */
import { readFile } from 'node:fs/promises';
import { canonicalHash } from '../../audit/canonical-json.ts';
import type { AuditTrail } from '../../audit/trail.ts';
import type { Clock } from '../../domain/clock.ts';
import { isFault, type PolicyInForce } from '../../policy/in-force.ts';
import type { PolicySettings } from '../../policy/request.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { PolicyMetrics } from '../../telemetry/metrics.ts';
import { faultLine, parsePolicy } from './parse.ts';

export interface PolicyFileDeps {
  /** The text of the file; rejects when there is none. */
  read?: (path: string) => Promise<string>;
  trail: Pick<AuditTrail, 'append'>;
  clock: Clock;
  logger: Logger;
  metrics: PolicyMetrics;
}

export interface PolicyFile {
  inForce(): PolicyInForce;
  /** One look at the file. */
  look(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

/** An edit counts once two looks in a row saw the same text, so it takes at most three of these. */
const periodMs = 500;
/** A disk that does not answer must not keep an old policy in force for ever. */
const longestBlindMs = 30_000;

const defaultRead = (path: string) => readFile(path, 'utf8');

/** `policy`: what the file held when the settings were read. */
export function watchPolicyFile(path: string, policy: PolicySettings, deps: PolicyFileDeps): PolicyFile {
  const { read = defaultRead, clock, logger, metrics, trail } = deps;
  const stopping = new AbortController();
  let current: PolicyInForce = policy;
  /** The text as the last look saw it, and as two looks in a row saw it; of a file that cannot be read, the reason. */
  let seen: string | undefined;
  let settled: string | undefined;
  let lookedAtMs = clock.monotonicMs();
  let running: Promise<void> | undefined;
  metrics.policyInForce.set(1);

  async function take(next: PolicyInForce): Promise<void> {
    const before = canonicalHash(current);
    const hash = canonicalHash(next);
    current = next;
    metrics.policyInForce.set(isFault(next) ? 0 : 1);
    if (hash === before) return;
    const event = isFault(next) ? 'policy-refused' : 'policy-changed';
    if (isFault(next)) logger.error({ path, reason: next.fault }, 'policy file refused: nothing is allowed until it is mended');
    else logger.info({ path, hash }, 'policy in force');
    const detail = isFault(next) ? { path, reason: next.fault } : { path, hash, policy: { ...next } };
    try {
      await trail.append({ at: clock.now().toISOString(), incidentId: null, actor: 'policy-file', event, detail });
    } catch (error) {
      logger.error({ err: error, event }, 'the audit trail could not be told of the policy');
    }
  }

  async function look(): Promise<void> {
    const found = await read(path).then(
      (text) => ({ state: `text ${text}`, judge: () => policyOf(path, text) }),
      (error) => ({ state: `error ${messageOf(error)}`, judge: () => ({ fault: `${path} cannot be read: ${messageOf(error)}.` }) }),
    );
    lookedAtMs = clock.monotonicMs();
    if (found.state !== seen) {
      const isRestless = seen !== settled;
      seen = found.state;
      if (!isRestless) return;
      settled = undefined;
      await take({ fault: `${path} is still being written.` });
    } else if (seen !== settled) {
      settled = seen;
      await take(found.judge());
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look();
      await clock.sleep(periodMs, stopping.signal).catch(() => undefined);
    }
  }

  return {
    inForce() {
      const blindMs = clock.monotonicMs() - lookedAtMs;
      return blindMs > longestBlindMs ? { fault: `${path} has not been read for ${Math.round(blindMs / 1000)} s.` } : current;
    },
    look,
    start() {
      running ??= run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** The first few faults; `kintsugi policy check` shows all. */
const shownFaults = 3;

function policyOf(path: string, text: string): PolicyInForce {
  try {
    const parsed = parsePolicy(text);
    if ('policy' in parsed) return parsed.policy;
    const more = parsed.faults.length > shownFaults ? `; and ${parsed.faults.length - shownFaults} more` : '';
    const lines = parsed.faults.slice(0, shownFaults).map((fault) => faultLine(path, fault));
    return { fault: `${lines.join('; ')}${more}.` };
  } catch (error) {
    return { fault: `${path} cannot be judged: ${messageOf(error)}.` };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
