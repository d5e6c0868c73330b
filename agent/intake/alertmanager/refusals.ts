/** Records refused webhooks: the first of each kind in a minute, with how many came since the last one, so that nobody can fill the disk. */
import type { AuditTrail } from '../../audit/trail.ts';
import type { Clock } from '../../domain/clock.ts';
import type { AppError, ErrorCode } from '../../domain/errors.ts';
import type { Logger } from '../../telemetry/logger.ts';

const everyMs = 60_000;

export interface RefusalRecorder {
  /** Never throws: the answer to the client does not depend on it. */
  record(error: AppError, remoteAddress: string | undefined): Promise<void>;
}

export function createRefusalRecorder(trail: AuditTrail, clock: Clock, logger: Logger): RefusalRecorder {
  // At most one entry per code, and there are few codes.
  const recent = new Map<ErrorCode, { since: number; unrecorded: number }>();
  return {
    async record(error, remoteAddress) {
      const now = clock.now();
      const last = recent.get(error.code);
      if (last && now.getTime() - last.since < everyMs) {
        last.unrecorded += 1;
        return;
      }
      recent.set(error.code, { since: now.getTime(), unrecorded: 0 });
      const detail = { code: error.code, detail: error.message, remoteAddress: remoteAddress ?? null, alsoRefused: last?.unrecorded ?? 0 };
      logger.warn(detail, 'webhook refused');
      try {
        await trail.append({ at: now.toISOString(), incidentId: null, actor: 'intake', event: 'webhook-refused', detail });
      } catch (failure) {
        logger.error({ err: failure }, 'a refused webhook could not be recorded');
      }
    },
  };
}
