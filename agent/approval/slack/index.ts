/** Approvals in Slack: asked in a channel, answered by its buttons. Off unless token, signing secret and channel are set. */
import type { Router } from 'express';
import type { ApprovalMessageStore } from '../message-store.ts';
import { createSlackClient } from './client.ts';
import { createDelivery, type Delivery } from './delivery.ts';
import { createDoor, type DoorDependencies } from './door.ts';
import type { SlackSettings } from './settings.ts';

export interface SlackApprovals extends Delivery {
  router: Router;
}

type Dependencies = Omit<DoorDependencies, 'secret' | 'channel' | 'messages' | 'client'> & {
  messages: ApprovalMessageStore;
  fetch: typeof globalThis.fetch;
};

export function createSlackApprovals(settings: SlackSettings, deps: Dependencies): SlackApprovals | undefined {
  const { token, signingSecret: secret, channel, apiUrl } = settings;
  if (!token || !secret || !channel) return undefined;
  const client = createSlackClient({ apiUrl, token, fetch: deps.fetch });
  const router = createDoor({ ...deps, secret, channel, client });
  return { ...createDelivery({ ...deps, client, channel }), router };
}
