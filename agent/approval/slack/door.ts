/**
 * Where Slack brings clicks. Nothing of a request is read before its signature over the raw body holds, and each is taken once. The answer
 * goes to the desk, which decides; nothing here does, and no address from a request is ever called.
 */
import { type Request, type Response, Router, raw } from 'express';
import { z } from 'zod';
import type { Clock } from '../../domain/clock.ts';
import { InputError } from '../../domain/errors.ts';
import type { Secret } from '../../domain/secret.ts';
import { personOfSlack } from '../../policy/approvers.ts';
import { isFault, type PolicyInForce } from '../../policy/in-force.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { ApprovalDesk, GivenAnswer } from '../desk.ts';
import type { ApprovalMessageStore } from '../message-store.ts';
import type { SlackClient } from './client.ts';
import { actionIds } from './message.ts';
import { maxAgeSeconds, refuseSignature } from './signature.ts';
import { escaped } from './text.ts';

export interface DoorDependencies {
  secret: Secret;
  channel: string;
  desk: ApprovalDesk;
  messages: Pick<ApprovalMessageStore, 'firstSeen'>;
  client: Pick<SlackClient, 'tell'>;
  policy: () => PolicyInForce;
  clock: Clock;
  logger: Logger;
  metrics: Pick<Metrics, 'approvalMessages'>;
}

/** Slack's own are a few kilobytes; they carry the message that was clicked in. */
const maxBytes = 131_072;

const Click = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id: z.string().regex(/^[UW][A-Z0-9]{2,30}$/) }),
  actions: z
    .array(
      z.object({
        action_id: z.enum([actionIds.approved, actionIds.rejected]),
        value: z.string().regex(/^[A-Za-z0-9-]{1,64} [0-9a-f]{64}$/),
      }),
    )
    .length(1),
});

export function createDoor(deps: DoorDependencies): Router {
  const router = Router();
  // As bytes, whatever the content type claims; a compressed body is refused.
  const body = raw({ type: () => true, limit: maxBytes, inflate: false });
  router.post('/webhooks/slack', body, async (request: Request, response: Response) => {
    const bytes: unknown = request.body;
    const signed = await authentic(deps, request, Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0));
    const payload = new URLSearchParams(signed.toString('utf8')).get('payload');
    const refusal = await take(deps, Click.safeParse(parseJson(payload)).data);
    // Slack shows its user an error for anything else, and waits three seconds for it.
    response.status(200).end();
    if (refusal) await tell(deps, refusal);
  });
  return router;
}

/** The body, once it is sure that Slack sent it just now and that it is not sent a second time. */
async function authentic({ secret, messages, clock, metrics }: DoorDependencies, request: Request, body: Buffer): Promise<Buffer> {
  const timestamp = request.get('x-slack-request-timestamp');
  const signature = request.get('x-slack-signature');
  let refusal = refuseSignature(secret.reveal(), { timestamp, signature, body }, clock.now().getTime());
  // Kept for longer than a request stays young enough, on either side of our own clock.
  if (!refusal && !(await messages.firstSeen(String(signature), 3 * maxAgeSeconds * 1000)))
    refusal = 'the very same request was taken before';
  if (refusal === null) return body;
  metrics.approvalMessages.inc({ result: 'unsigned' });
  throw new InputError('SLACK_UNAUTHORIZED', refusal);
}

interface Refusal {
  memberId: string;
  why: string;
}

/** Why the click did not count, for the one who clicked. Other kinds of interaction than a click on our buttons are none of ours. */
async function take({ desk, policy }: DoorDependencies, click: z.infer<typeof Click> | undefined): Promise<Refusal | null> {
  const [action] = click?.actions ?? [];
  if (!click || !action) return null;
  const memberId = click.user.id;
  const [id = '', planHash = ''] = action.value.split(' ');
  const answer = action.action_id === actionIds.approved ? 'approved' : 'rejected';
  const inForce = policy();
  const name = isFault(inForce) ? undefined : personOfSlack(inForce.approval, memberId);
  const by: Pick<GivenAnswer, 'by' | 'isStranger'> = name === undefined ? { by: `slack:${memberId}`, isStranger: true } : { by: name };
  try {
    await desk.answer({ id, answer, planHash, via: 'slack', ...by });
    return null;
  } catch (error) {
    if (error instanceof InputError) return { memberId, why: error.message };
    throw error;
  }
}

async function tell({ client, channel, logger }: DoorDependencies, { memberId, why }: Refusal): Promise<void> {
  const told = await client.tell(channel, memberId, escaped(`Not taken: ${why}`));
  if (!told.ok) logger.warn({ memberId, reason: told.reason }, 'who clicked in Slack could not be told why it did not count');
}

function parseJson(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
