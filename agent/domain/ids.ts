/** Identifiers as branded strings, so that an incident's id is never handed to something that wants an evidence id. */
import { z } from 'zod';

export const IncidentId = z.string().min(1).brand<'IncidentId'>();
export type IncidentId = z.infer<typeof IncidentId>;

export const EvidenceId = z.string().min(1).brand<'EvidenceId'>();
export type EvidenceId = z.infer<typeof EvidenceId>;

/** Names one intended effect: the same key never takes effect twice. */
export const ActionKey = z.string().min(1).brand<'ActionKey'>();
export type ActionKey = z.infer<typeof ActionKey>;
