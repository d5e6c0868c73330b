/** Settings of the chains: who is asked for what, how long an answer may take, and when a model is left alone. */
import { z } from 'zod';
import type { Role } from '../adviser.ts';
import type { LlmPlugin } from '../provider.ts';
import type { ChainList } from './chains.ts';
import { ModelChain, ModelName } from './model-name.ts';
import { problemOf } from './models.ts';

const chain = (whatFor: string) =>
  ModelChain.default([]).describe(`Models that ${whatFor}, as <provider>:<model>, the first that answers counts; none: nobody is asked`);

export const chainSettings = {
  chains: z
    .object({
      triage: chain('say whether an incident the rules found nothing sure about is worth an investigation'),
      analysis: chain('explain an incident in plain words, and investigate'),
      audit: chain('give a second opinion on what the rules found'),
      report: chain('sum up an incident that is closed'),
      patch: chain('write the edit of a patch that a person must approve'),
    } satisfies Record<Role, unknown>)
    .prefault({}),
  call: z
    .object({
      timeoutSeconds: z
        .number()
        .positive()
        .max(300)
        .default(20)
        .describe('Longest wait for one answer of one model; then the next of the chain is asked'),
    })
    .prefault({}),
  breaker: z
    .object({
      failures: z.number().int().min(1).max(100).default(3).describe('A model that fails so often in a row is left alone for a while'),
      openSeconds: z.number().positive().max(86_400).default(60).describe('So long it is left alone; then one question tries it'),
    })
    .prefault({}),
  investigation: z
    .object({
      maxTokens: z
        .number()
        .int()
        .min(1_000)
        .default(60_000)
        .describe('Tokens one model may take for one investigation, read and written; without a conclusion by then it is stuck'),
    })
    .prefault({}),
};

/** A chain that names what cannot be asked would be noticed in the first incident only. */
export function refuseUnusable(plugins: readonly LlmPlugin[]) {
  return (given: { chains: ChainList; provider: Readonly<Record<string, unknown>> }, context: z.RefinementCtx): void => {
    for (const [role, names] of Object.entries(given.chains)) {
      // A name that is none was refused already.
      const problems = names.flatMap((name) => (ModelName.safeParse(name).success && problemOf(plugins, given.provider, name)) || []);
      for (const message of new Set(problems)) context.addIssue({ code: 'custom', path: ['chains', role], message });
    }
  };
}
