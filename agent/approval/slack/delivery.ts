/**
 * Brings what a channel shows of approvals in line with the store: posts each question once, takes the buttons away once it is decided. What
 * is owed lies in the store, so a restart or a long outage of Slack loses nothing. A process that dies between Slack's answer and the store
 * leaves a message behind that is posted again; its buttons lead to the same question, which takes one answer.
 */
import type { Clock } from '../../domain/clock.ts';
import { explanationOf } from '../../narration/shown.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { ApprovalMessageStore, OwedMessage } from '../message-store.ts';
import type { SlackAnswer, SlackClient } from './client.ts';
import { renderMessage, type Standing, standingOf } from './message.ts';

export interface DeliveryDependencies {
  messages: ApprovalMessageStore;
  client: SlackClient;
  channel: string;
  clock: Clock;
  logger: Logger;
  metrics: Pick<Metrics, 'approvalMessages'>;
}

export interface Delivery {
  start(): void;
  /** Something was asked or answered: look now. */
  wake(): void;
  stop(): Promise<void>;
}

const pollMs = 2_000;
/** Longer than a call may take. */
const holdMs = 30_000;
const atOnce = 10;
const firstRetryMs = 2_000;
const longestRetryMs = 120_000;

export function createDelivery({ messages, client, channel, clock, logger, metrics }: DeliveryDependencies): Delivery {
  const stopping = new AbortController();
  let nap = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function deliver(owed: OwedMessage): Promise<void> {
    const { request, messageId } = owed;
    const standing = standingOf(request, owed.incidentIsClosed, clock.now().toISOString());
    // Nobody has seen the question, so nobody needs to see how it ended.
    if (messageId === null && standing !== 'waiting') return messages.settled(request.id, null, standing);
    const message = renderMessage(request, standing, explanationOf(owed.narrations, request.hypothesis));
    const answer = messageId === null ? await client.post(owed.channel, message) : await client.update(owed.channel, messageId, message);
    if (answer.ok) {
      metrics.approvalMessages.inc({ result: 'sent' });
      return messages.settled(request.id, messageId ?? answer.messageId, standing);
    }
    return retry(owed, standing, answer);
  }

  async function retry(
    { request, messageId, attempts }: OwedMessage,
    standing: Standing,
    answer: SlackAnswer & { ok: false },
  ): Promise<void> {
    if (messageId !== null && answer.isLost) return messages.settled(request.id, messageId, standing);
    const pauseMs = Math.min(longestRetryMs, answer.retryAfterMs ?? firstRetryMs * 2 ** Math.min(attempts - 1, 10));
    metrics.approvalMessages.inc({ result: 'retry' });
    logger.warn({ approvalId: request.id, reason: answer.reason, attempts }, 'an approval could not be shown in Slack; tried again');
    await messages.failed(request.id, clock.now().getTime() + pauseMs);
  }

  async function round(): Promise<void> {
    for (;;) {
      const owed = await messages.takeOwed(channel, holdMs, atOnce);
      for (const one of owed) {
        if (stopping.signal.aborted) return;
        await deliver(one);
      }
      if (owed.length < atOnce) return;
    }
  }

  async function rounds(): Promise<void> {
    while (!stopping.signal.aborted) {
      nap = new AbortController();
      await round().catch((error) => logger.error({ err: error }, 'approvals could not be shown in Slack'));
      await clock.sleep(pollMs, AbortSignal.any([nap.signal, stopping.signal])).catch(() => undefined);
    }
  }

  return {
    start() {
      running = rounds();
    },
    wake() {
      nap.abort();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
