/** Port of what a channel shows of each approval, and of the requests that were taken from there: on disk, so that a restart loses neither. */
import type { Narration } from '../narration/store.ts';
import type { ApprovalRequest } from './store.ts';

export interface OwedMessage {
  request: ApprovalRequest;
  /** What a model said of the incident by now; of which claim, it says itself. */
  narrations: readonly Narration[];
  incidentIsClosed: boolean;
  channel: string;
  /** The message to update; null when it is to be posted. */
  messageId: string | null;
  /** Times it was tried, this one included. */
  attempts: number;
}

export interface ApprovalMessageStore {
  /** Those to be sent now, held for `holdMs`: no other replica gets them meanwhile, and they come again when nothing is heard of them. */
  takeOwed(channel: string, holdMs: number, limit: number): Promise<OwedMessage[]>;
  /** The channel shows this now. Null where nothing was posted and nothing needs to be. */
  settled(approvalId: string, messageId: string | null, shows: string): Promise<void>;
  /** Tried in vain: to be tried again then. */
  failed(approvalId: string, againAtMs: number): Promise<void>;
  /** False when this signature was seen before. Forgets those that are older than `keepMs`. */
  firstSeen(signature: string, keepMs: number): Promise<boolean>;
}
