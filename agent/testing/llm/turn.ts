/** What a stand-in of a model understands of a request, and what it may do about it: the same for every wire format. */
import type { z } from 'zod';

type Json = z.core.util.JSONType;

export interface Asked {
  format: 'openai' | 'anthropic' | 'bedrock' | 'google';
  model: string;
  /** Everything in words, in order: instructions first. */
  texts: string[];
  /** What it may call, in their order; `schema` is JSON schema, as sent. */
  tools: { name: string; schema: unknown }[];
  /** Of its answers, those that are part of the conversation already. */
  turnsSoFar: number;
  /** JSON schema of the answer, where it must be JSON and not a call of a tool. */
  form: unknown;
  maxOutputTokens: number;
}

/** Below the words: what becomes of the connection or of the HTTP answer. */
export type Fault = 'silent' | 'hang' | 'drip' | 'reset' | 'cut' | 'page' | 'nothing' | 'wrong-shape' | 429 | 500 | 503;

export type Turn =
  /** In the form that was asked for: JSON, or a call of the last tool. */
  | { kind: 'answer'; value: Record<string, Json> }
  | { kind: 'text'; text: string }
  | { kind: 'calls'; calls: { name: string; args: Record<string, Json> }[] }
  | { kind: 'refusal' }
  | { kind: 'fault'; fault: Fault };

export type Mind = (asked: Asked) => Turn;

/** One wire format. Requests are read strictly: what the vendor would refuse is refused. */
export interface Format {
  /** The model that the path names, where it does; undefined when the path is another's. */
  modelAt(path: string): { model: string } | undefined;
  /** Throws what is wrong with the request. */
  read(body: unknown, headers: Readonly<Record<string, string | string[] | undefined>>, path: { model: string }): Asked;
  write(turn: Exclude<Turn, { kind: 'fault' }>, asked: Asked): object;
  error(status: number, message: string): { headers: Record<string, string>; body: object };
}

/** Of a turn that calls tools or answers by one: the calls; undefined when it is words. */
export function callsOf(turn: Exclude<Turn, { kind: 'fault' }>, asked: Asked): { name: string; args: Record<string, Json> }[] | undefined {
  if (turn.kind === 'calls') return turn.calls;
  const answerTool = asked.tools.at(-1);
  if (turn.kind !== 'answer' || asked.form !== undefined || answerTool === undefined) return undefined;
  return [{ name: answerTool.name, args: turn.value }];
}

export function wordsOf(turn: Exclude<Turn, { kind: 'fault' }>): string {
  if (turn.kind === 'answer') return JSON.stringify(turn.value);
  return turn.kind === 'text' ? turn.text : '';
}

/** A rule of thumb, four characters a token: the stand-ins count like this, and tests may. */
export function usageOf(turn: Exclude<Turn, { kind: 'fault' }>, asked: Asked): { input: number; output: number } {
  const said = wordsOf(turn) + JSON.stringify(callsOf(turn, asked) ?? '');
  return { input: Math.ceil(asked.texts.join('').length / 4), output: Math.ceil(said.length / 4) };
}
