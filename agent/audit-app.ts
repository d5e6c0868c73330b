/**
 * Composition root of the audit trail's outside, beside app.ts: for the agent it starts what puts the trail outside, for `kintsugi audit
 * verify` it joins what a check reads. The command does not ask the agent's API: it would believe the very process it is to check.
 */
import { S3Client } from '@aws-sdk/client-s3';
import type { Anchor } from './audit/anchor.ts';
import { createKeeper, type Keeper } from './audit/keeper.ts';
import { type AuditKeys, createAuditKeys } from './audit/key.ts';
import { createLogAnchor } from './audit/log/index.ts';
import { type FullReport, type Outside, verifyAll } from './audit/outside.ts';
import { createS3Audit, type S3Audit } from './audit/s3/index.ts';
import type { OutsideHead } from './audit/verify.ts';
import type { Settings } from './config/settings.ts';
import type { Clock } from './domain/clock.ts';
import { createAuditProgress } from './storage/audit-progress.ts';
import { createTrailReader } from './storage/audit-trail.ts';
import type { Store } from './storage/store.ts';
import { openTrailReader } from './storage/trail-reader.ts';
import { systemClock } from './system-clock.ts';
import type { Logger } from './telemetry/logger.ts';
import type { AuditMetrics } from './telemetry/metrics.ts';

export function auditKeysOf({ key, earlierKeys }: Settings['audit']): AuditKeys {
  return createAuditKeys(
    key.reveal(),
    earlierKeys.map((earlier) => earlier.reveal()),
  );
}

export interface KeeperParts {
  store: Store;
  clock: Clock;
  logger: Logger;
  metrics: AuditMetrics;
}

const timeoutMs = 30_000;

/** Runs until it is stopped. */
export function startKeeper(audit: Settings['audit'], { store, clock, logger, metrics }: KeeperParts): Keeper {
  const s3 = s3Of(audit, clock);
  const anchors: Anchor[] = [...(audit.anchor.log ? [createLogAnchor(logger)] : []), ...(s3 ? [s3.parts.anchor] : [])];
  const outside: Outside = { anchors, archives: s3 ? [s3.parts.archive] : [] };
  const parts = { reader: createTrailReader(store), keys: auditKeysOf(audit), outside, progress: createAuditProgress(store) };
  const keeper = createKeeper(
    { ...parts, clock, logger, metrics },
    {
      lookMs: 5000,
      anchorEveryMs: audit.anchor.everySeconds * 1000,
      anchorEveryRows: audit.anchor.everyRows,
      archiveEveryMs: audit.archive.everySeconds * 1000,
      archiveRows: audit.archive.rows,
      verifyEveryMs: audit.verifySeconds * 1000,
      timeoutMs,
    },
  );
  s3?.parts.requireLock(AbortSignal.timeout(timeoutMs)).catch((error) => {
    logger.error({ err: error }, 'what is put into the bucket of the audit trail can be deleted');
  });
  keeper.start();
  return {
    ...keeper,
    async stop() {
      await keeper.stop();
      s3?.client.destroy();
    },
  };
}

/** `known`: heads that somebody kept by hand. UpstreamError when the outside cannot be read. */
export async function verifyTrailOf(settings: Settings, known: readonly OutsideHead[], signal: AbortSignal): Promise<FullReport> {
  const { url, path } = settings.store;
  const reader = openTrailReader(url ? { url: url.reveal() } : { path });
  const s3 = s3Of(settings.audit, systemClock);
  try {
    const outside = { anchors: s3 ? [s3.parts.anchor] : [], archives: s3 ? [s3.parts.archive] : [] };
    return await verifyAll(reader, auditKeysOf(settings.audit), outside, signal, known);
  } finally {
    s3?.client.destroy();
    await reader.close();
  }
}

function s3Of({ s3 }: Settings['audit'], clock: Clock): { client: S3Client; parts: S3Audit } | undefined {
  const { bucket } = s3;
  if (bucket === undefined) return undefined;
  const client = new S3Client({ forcePathStyle: s3.pathStyle, maxAttempts: 3 });
  return { client, parts: createS3Audit({ ...s3, bucket }, { client, clock }) };
}
