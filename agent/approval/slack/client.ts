/** The three calls of Slack's Web API that approvals need. An answer that is not "ok" is a value: whoever asked tries again later. */
import { z } from 'zod';
import type { Secret } from '../../domain/secret.ts';
import type { Message } from './message.ts';

export type SlackAnswer =
  | { ok: true; messageId: string }
  /** `retryAfterMs` when Slack named a time; `isLost`: there is no such message any more, so it cannot be updated. */
  | { ok: false; reason: string; retryAfterMs: number | null; isLost: boolean };

export interface SlackClient {
  post(channel: string, message: Message): Promise<SlackAnswer>;
  update(channel: string, messageId: string, message: Message): Promise<SlackAnswer>;
  /** Only this member sees it. */
  tell(channel: string, memberId: string, text: string): Promise<SlackAnswer>;
}

const Reply = z.object({ ok: z.boolean(), error: z.string().max(200).optional(), ts: z.string().optional() });

const timeoutMs = 10_000;
const lostErrors = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed']);
/** Nothing in the text is looked for names or links, and no link is followed. */
const asWritten = { parse: 'none', link_names: false, mrkdwn: false, unfurl_links: false, unfurl_media: false };

export function createSlackClient({
  apiUrl,
  token,
  fetch,
}: {
  apiUrl: string;
  token: Secret;
  fetch: typeof globalThis.fetch;
}): SlackClient {
  async function call(method: string, body: Record<string, unknown>): Promise<SlackAnswer> {
    let response: Response;
    let json: unknown;
    try {
      response = await fetch(`${apiUrl}/${method}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token.reveal()}`, 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      json = await response.json().catch(() => undefined);
    } catch (error) {
      return failed(`no answer: ${error instanceof Error ? error.name : 'unknown'}`);
    }
    if (response.status === 429) return failed('ratelimited', Number(response.headers.get('retry-after') ?? 1) * 1000);
    const reply = Reply.safeParse(json);
    if (!reply.success) return failed(`HTTP ${response.status}`);
    const { ok, error = 'unknown', ts = '' } = reply.data;
    return ok ? { ok, messageId: ts } : failed(error);
  }
  return {
    post: (channel, { text, blocks }) => call('chat.postMessage', { channel, text, blocks, ...asWritten }),
    update: (channel, ts, { text, blocks }) => call('chat.update', { channel, ts, text, blocks, parse: 'none', link_names: false }),
    tell: (channel, user, text) => call('chat.postEphemeral', { channel, user, text, parse: 'none', link_names: false }),
  };
}

function failed(reason: string, retryAfterMs: number | null = null): SlackAnswer {
  return { ok: false, reason, retryAfterMs: Number.isFinite(retryAfterMs) ? retryAfterMs : null, isLost: lostErrors.has(reason) };
}
