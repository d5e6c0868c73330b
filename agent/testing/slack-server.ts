/**
 * Slack on the wire, for tests: chat.postMessage, chat.update and chat.postEphemeral as its Web API answers them, and clicks on the buttons of
 * what was posted, signed and encoded as Slack sends them. Not imitated: OAuth, scopes, other methods, the events API, threads, and the looks
 * of a message.
 */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

const Button = z.object({ type: z.literal('button'), action_id: z.string(), value: z.string().max(2000) });
const Block = z.looseObject({ type: z.string(), elements: z.array(z.looseObject({ type: z.string() })).optional() });
const Post = z.object({ channel: z.string(), text: z.string().max(40_000), blocks: z.array(Block).max(50), ts: z.string().optional() });

export interface SlackMessage {
  ts: string;
  text: string;
  blocks: z.infer<typeof Block>[];
}

export interface Click {
  /** Member id. */
  user: string;
  action: 'approve' | 'reject';
  /** The message as it was, when somebody clicks in a window that has not been refreshed. */
  message?: SlackMessage;
  secret?: string;
  /** Unix seconds. */
  timestamp?: number;
  /** Last hand on the bytes, after they were signed. */
  tamper?: (body: string) => string;
}

export interface SlackServer {
  url: string;
  token: string;
  secret: string;
  channel: string;
  /** As the channel shows them now. */
  messages: SlackMessage[];
  /** What only one member was told. */
  told: { user: string; text: string }[];
  /** Calls as `chat.postMessage`, refused ones too. */
  calls: string[];
  /** Answers the next calls so; null ends that. */
  answers: { status: number; body: object; retryAfter?: number } | null;
  /** Signed and encoded, ready to be sent. */
  request(click: Click): { headers: Record<string, string>; body: string };
  /** Sends a click to the agent; answers its HTTP status. */
  click(agentUrl: string, click: Click): Promise<number>;
  close(): Promise<void>;
}

export async function startSlack({ now = () => Date.now() }: { now?: () => number } = {}): Promise<SlackServer> {
  const token = 'xoxb-of-the-tests';
  const secret = '8f742231b10e8888abcd99yyyzzz85a5';
  const channel = 'C0APPROVALS';
  let count = 0;
  let clicks = 0;

  function take(method: string, body: unknown): object {
    if (method === 'chat.postEphemeral') {
      const { user, text } = z.object({ channel: z.literal(channel), user: z.string(), text: z.string() }).parse(body);
      slack.told.push({ user, text });
      return { ok: true, message_ts: '1.0' };
    }
    const parsed = Post.safeParse(body);
    if (!parsed.success) return { ok: false, error: 'invalid_blocks' };
    const { text, blocks, ts } = parsed.data;
    if (parsed.data.channel !== channel) return { ok: false, error: 'channel_not_found' };
    if (tooLong(blocks)) return { ok: false, error: 'invalid_blocks' };
    if (method === 'chat.postMessage') {
      count += 1;
      const message = { ts: `1700000000.${String(count).padStart(6, '0')}`, text, blocks };
      slack.messages.push(message);
      return { ok: true, channel, ts: message.ts, message };
    }
    const known = slack.messages.find((one) => one.ts === ts);
    if (!known) return { ok: false, error: 'message_not_found' };
    Object.assign(known, { text, blocks });
    return { ok: true, channel, ts, text };
  }

  const server = createServer(async (request, response) => {
    const method = (request.url ?? '').replace('/api/', '');
    slack.calls.push(method);
    const { status, body, retryAfter } = slack.answers ?? {
      status: 200,
      body: await answerTo(method, request, take),
      retryAfter: undefined,
    };
    request.resume();
    if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;

  const slack: SlackServer = {
    url,
    token,
    secret,
    channel,
    messages: [],
    told: [],
    calls: [],
    answers: null,
    request({ user, action, message = slack.messages.at(-1), secret: key = secret, timestamp = Math.floor(now() / 1000), tamper }) {
      const pressed = message?.blocks.flatMap((block) => block.elements ?? []).find((one) => one.action_id === `kintsugi-${action}`);
      if (!message || !pressed) throw new Error(`there is no button to ${action}`);
      clicks += 1;
      const payload = {
        type: 'block_actions',
        user: { id: user, username: 'whoever', name: 'whoever', team_id: 'T0TEAM' },
        api_app_id: 'A0APP',
        token: 'deprecated',
        container: { type: 'message', message_ts: message.ts, channel_id: channel, is_ephemeral: false },
        // Of its own for each click: two by the same hand within a second are two requests.
        trigger_id: `${clicks}.2.3`,
        team: { id: 'T0TEAM', domain: 'team' },
        channel: { id: channel, name: 'approvals' },
        message: { type: 'message', ...message },
        response_url: 'http://127.0.0.1:1/never-to-be-called',
        actions: [{ ...Button.parse(pressed), block_id: 'b1', action_ts: `${timestamp}.000100` }],
      };
      const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
      const signature = `v0=${createHmac('sha256', key).update(`v0:${timestamp}:${body}`).digest('hex')}`;
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': String(timestamp),
        'x-slack-signature': signature,
      };
      return { headers, body: tamper ? tamper(body) : body };
    },
    async click(agentUrl, click) {
      return send(agentUrl, slack.request(click));
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return slack;
}

export async function send(agentUrl: string, { headers, body }: { headers: Record<string, string>; body: string }): Promise<number> {
  const response = await fetch(`${agentUrl}/webhooks/slack`, { method: 'POST', headers, body });
  await response.arrayBuffer();
  return response.status;
}

async function answerTo(method: string, request: IncomingMessage, take: (method: string, body: unknown) => object): Promise<object> {
  if (request.headers.authorization !== 'Bearer xoxb-of-the-tests') return { ok: false, error: 'invalid_auth' };
  if (!request.headers['content-type']?.startsWith('application/json')) return { ok: false, error: 'invalid_form_data' };
  if (!['chat.postMessage', 'chat.update', 'chat.postEphemeral'].includes(method)) return { ok: false, error: 'unknown_method' };
  return take(method, await json(request));
}

/** The limit of a section's text. */
function tooLong(blocks: readonly z.infer<typeof Block>[]): boolean {
  return blocks.some(({ text }) => {
    const { data } = z.object({ text: z.string().min(1).max(3000) }).safeParse(text);
    return text !== undefined && data === undefined;
  });
}
