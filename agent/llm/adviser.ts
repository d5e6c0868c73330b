/**
 * Port of the models: how the rest of the agent asks one for words. Rules decide; what comes back is an opinion, checked by the caller's schema,
 * and `none` is always a possible answer. Nothing here throws: a model that fails is a model without an opinion.
 */
import type { z } from 'zod';

/** What a model is asked for; each has its own ordered chain of models, and may be switched off by leaving the chain empty. */
export const roles = ['triage', 'analysis', 'audit', 'report', 'patch'] as const;
export type Role = (typeof roles)[number];

/** Text that others wrote or measured: masked and fenced before it leaves, and data whatever it says. */
export interface Material {
  /** What it is, in our words: `evidence 4f…: log patterns of checkout`. */
  label: string;
  /** Whole: it is cut when it is masked, for half a secret is not recognised as one. */
  text: string;
  /** Most of it that is shown, characters. */
  longest?: number;
}

export interface Question<Value> {
  role: Role;
  incidentId: string;
  /** Names the kind of question, the same each time: in the audit trail, the metrics and the preview. */
  purpose: string;
  /** What the model is to do, in our own words only; never anything an outsider wrote. */
  instructions: string;
  material: readonly Material[];
  /** Names the answer has to cite, such as services and evidence ids: they are not masked. */
  keep?: readonly string[];
  /** What counts as an answer, an object at the top. What does not fit is asked for once more, and then is no opinion. */
  schema: z.ZodType<Value>;
  maxOutputTokens: number;
  /** All attempts at all models of the chain together; what the store takes to write them down may last five seconds longer, whatever hangs. */
  deadlineMs: number;
  signal: AbortSignal;
}

/** A read-only look the model may order, by a name and parameters out of closed lists. Its answer is material. */
export interface ReadTool {
  name: string;
  description: string;
  params: z.ZodType<Record<string, unknown>>;
  read(params: Record<string, unknown>, signal: AbortSignal): Promise<string>;
}

export interface Investigation<Value> extends Question<Value> {
  tools: readonly ReadTool[];
  /** Looks it may order, over all models of the chain together. */
  maxLooks: number;
}

/** What one answer took. `costUsd` by the table of prices. */
export interface Spent {
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
}

export type NoAdvice = 'off' | 'ceiling' | 'unreachable' | 'timeout' | 'malformed' | 'refused' | 'stuck';

/** Every model that was tried and what became of it, in order. */
export interface Attempt {
  /** `<provider>:<model>` */
  model: string;
  result: 'answered' | NoAdvice;
  /** One sentence, ours. */
  reason: string;
  durationMs: number;
}

export type Advice<Value> =
  | { kind: 'answer'; value: Value; model: string; spent: Spent; attempts: Attempt[]; looks: Look[] }
  | { kind: 'none'; why: NoAdvice; reason: string; spent: Spent; attempts: Attempt[]; looks: Look[] };

/** A look that was ordered and what it found: kept, whatever becomes of the model that ordered it. */
export interface Look {
  tool: string;
  params: Record<string, unknown>;
  found: string;
}

export interface Adviser {
  /** Whether anybody would be asked at all. */
  isOn(role: Role): boolean;
  ask<Value>(question: Question<Value>): Promise<Advice<Value>>;
  investigate<Value>(investigation: Investigation<Value>): Promise<Advice<Value>>;
}
