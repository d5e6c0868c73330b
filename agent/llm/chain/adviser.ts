/**
 * Asks the models of a chain one after the other until one has answered what fits. It holds the time, the money and the masking together; what an
 * answer is worth is for whoever asked.
 */
import type { Advice, Adviser, Investigation, NoAdvice } from '../adviser.ts';
import type { Chains } from './chains.ts';
import { createSession, type SessionDeps, type SessionSettings } from './session.ts';

export interface AdviserDeps extends SessionDeps {
  chains: Pick<Chains, 'of'>;
}

export function createAdviser(deps: AdviserDeps, settings: SessionSettings): Adviser {
  const { chains, logger } = deps;

  async function advise<Value>(investigation: Investigation<Value>): Promise<Advice<Value>> {
    const { role, incidentId } = investigation;
    const chain = chains.of(role);
    if (chain.length === 0) return nothing('off', 'no model is asked for this');
    try {
      const session = createSession(deps, settings, investigation);
      const ended = await session.ask(chain);
      // What cannot be recorded does not count, as everywhere.
      await session.record(ended);
      return ended.kind === 'answer' ? { ...ended, ...session.sofar() } : { ...ended, ...session.sofar() };
    } catch (error) {
      logger.error({ err: error, incidentId, role }, 'the models could not be asked, or not recorded; nothing they said is used');
      return nothing('unreachable', 'it could not be recorded who was asked');
    }
  }

  return {
    isOn: (role) => chains.of(role).length > 0,
    ask: (question) => advise({ ...question, tools: [], maxLooks: 0 }),
    investigate: advise,
  };
}

function nothing(why: NoAdvice, reason: string): Advice<never> {
  return { kind: 'none', why, reason, spent: { inputTokens: 0, outputTokens: 0, costUsd: 0 }, attempts: [], looks: [] };
}
