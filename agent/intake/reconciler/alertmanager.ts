/** Reads Alertmanager's API v2: bounded in time and size, redirects not followed. Raises UpstreamError, or the caller's signal's reason. */
import type { z } from 'zod';
import { UpstreamError } from '../../domain/errors.ts';
import { readBounded, reasonOfStatus } from '../../evidence/http-answer.ts';
import { cleanText } from '../clean-text.ts';
import type { FiringAlert } from '../firing-alerts.ts';
import type { Matcher } from '../look-store.ts';
import { AlertReply, SilenceReply } from './schema.ts';
import { inSlices } from './slices.ts';

export interface AlertmanagerSettings {
  /** Base URL, without /api/v2. */
  url: string;
  timeoutMs: number;
  maxBytes: number;
}

/** An alert and where Alertmanager sends it. */
export interface ShownAlert extends FiringAlert {
  receivers: readonly string[];
  /** Silenced, inhibited or muted by a time interval: no notification would go out. */
  suppressed: boolean;
}

const system = 'alertmanager';
const tooLargeHint = 'raise KINTSUGI_RECONCILER_MAX_BYTES, or give the agent an Alertmanager of its own';

export interface Alertmanager {
  /** Every alert that has not resolved, the suppressed ones and those for other receivers included. */
  alerts(signal: AbortSignal): Promise<ShownAlert[]>;
  /** The matchers of each silence in force. */
  silences(signal: AbortSignal): Promise<Matcher[][]>;
}

export function createAlertmanager(settings: AlertmanagerSettings, fetcher: typeof fetch): Alertmanager {
  return {
    async alerts(signal) {
      const reply = await read(settings, fetcher, 'alerts?active=true&silenced=true&inhibited=true&unprocessed=true', AlertReply, signal);
      return reply.map(({ receivers, status, ...alert }) => ({
        ...alert,
        receivers: receivers.map(({ name }) => name),
        suppressed:
          status.state !== 'active' || [status.silencedBy, status.inhibitedBy, status.mutedBy].some((by) => (by?.length ?? 0) > 0),
      }));
    },
    async silences(signal) {
      const reply = await read(settings, fetcher, 'silences', SilenceReply, signal);
      return reply.filter(({ status }) => status.state === 'active').map(({ matchers }) => matchers);
    },
  };
}

/** A list of them. */
async function read<Schema extends z.ZodType>(
  settings: AlertmanagerSettings,
  fetcher: typeof fetch,
  path: string,
  schema: Schema,
  signal: AbortSignal,
): Promise<z.output<Schema>[]> {
  const url = `${settings.url.replace(/\/$/, '')}/api/v2/${path}`;
  const deadline = AbortSignal.timeout(settings.timeoutMs);
  let text: string;
  try {
    const response = await fetcher(url, { signal: AbortSignal.any([signal, deadline]), redirect: 'manual' });
    text = await readBounded(system, response, settings.maxBytes, tooLargeHint);
    if (!response.ok) throw new UpstreamError(system, reasonOfStatus(response.status), `answered HTTP ${response.status}`);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UpstreamError) throw error;
    if (deadline.aborted) throw new UpstreamError(system, 'timeout', `no answer within ${settings.timeoutMs} ms`, { cause: error });
    throw connectionError(url, error);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const words = cleanText(text, { maxLength: 60 }) || 'empty';
    throw new UpstreamError(system, 'server', `the answer is not JSON: ${words}`, { cause: error });
  }
  if (!Array.isArray(json)) throw unknownShape('its root');
  const found: z.output<Schema>[] = [];
  await inSlices(json, (slice) => {
    for (const element of slice) {
      const reply = schema.safeParse(element);
      if (!reply.success) throw unknownShape([found.length, ...(reply.error.issues[0]?.path ?? [])].map(String).join('.'));
      found.push(reply.data);
    }
  });
  return found;
}

function unknownShape(where: string): UpstreamError {
  return new UpstreamError(system, 'server', `the answer has an unknown shape at ${cleanText(where, { maxLength: 100 })}`);
}

function connectionError(url: string, error: unknown): UpstreamError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const words = cleanText(cause instanceof Error ? cause.message : String(cause), { maxLength: 120 });
  return new UpstreamError(system, 'server', `no usable answer from ${new URL(url).host}: ${words}`, { cause: error });
}
