/** Writes the head into the log: whoever collects the agent's log has a copy that the agent cannot change. */
import type { Logger } from '../../telemetry/logger.ts';
import type { Anchor } from '../anchor.ts';

export function createLogAnchor(logger: Logger): Anchor {
  return {
    id: 'log',
    async put({ seq, hash, keyId, at }) {
      logger.info({ seq, hash, keyId, at }, 'audit trail anchored');
    },
  };
}
