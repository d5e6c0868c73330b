/** An adviser that says what a test hands it, one answer a question, judged by the question's schema as the true one judges it. */
import type { Advice, Adviser, NoAdvice, Question, Role } from '../llm/adviser.ts';

/** What a model would say; or why none said anything. */
export type Said = { says: unknown } | { none: NoAdvice };

/** What is said, or what depends on the question. */
export type Answering = Said | ((question: Question<unknown>) => Said | Promise<Said>);

export interface ScriptedAdviser extends Adviser {
  /** Every question, in order. */
  asked: Question<unknown>[];
  /** Roles that have a model; all when left out. */
  roles: ReadonlySet<Role> | undefined;
}

const spent = { inputTokens: 100, outputTokens: 10, costUsd: 0.001 };
const model = 'scripted:test';

/** The last answer is given again and again. */
export function scriptedAdviser(...answers: readonly Answering[]): ScriptedAdviser {
  let turn = 0;
  async function ask<Value>(question: Question<Value>): Promise<Advice<Value>> {
    self.asked.push(question);
    question.signal.throwIfAborted();
    const answering = answers[Math.min(turn, answers.length - 1)] ?? { none: 'off' };
    turn += 1;
    const said = typeof answering === 'function' ? await answering(question) : answering;
    const none = (why: NoAdvice): Advice<Value> => ({ kind: 'none', why, reason: `The model was ${why}.`, spent, attempts: [], looks: [] });
    if ('none' in said) return none(said.none);
    const parsed = question.schema.safeParse(said.says);
    if (!parsed.success) return none('malformed');
    return { kind: 'answer', value: parsed.data, model, spent, attempts: [], looks: [] };
  }
  const self: ScriptedAdviser = {
    asked: [],
    roles: undefined,
    isOn: (role) => self.roles?.has(role) ?? true,
    ask,
    investigate: ask,
  };
  return self;
}
