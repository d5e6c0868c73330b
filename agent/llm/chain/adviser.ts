/**
 * Asks the models of a chain one after the other until one has answered what fits. It holds the time, the money and the masking together; what an
 * answer is worth is for whoever asked.
 */
import type { Advice, Adviser, Investigation, NoAdvice } from '../adviser.ts';
import type { Chains } from './chains.ts';
import { createSession, type Session, type SessionDeps, type SessionSettings } from './session.ts';
import { within } from './within.ts';

export interface AdviserDeps extends SessionDeps {
  chains: Pick<Chains, 'of'>;
}

/** Beyond the deadline, to write down who was asked and what it took. */
const graceMs = 5_000;

export function createAdviser(deps: AdviserDeps, settings: SessionSettings): Adviser {
  const { chains, clock, logger } = deps;

  async function advise<Value>(investigation: Investigation<Value>): Promise<Advice<Value>> {
    const { role, incidentId, deadlineMs } = investigation;
    const chain = chains.of(role);
    if (chain.length === 0) return nothing('off', 'no model is asked for this');
    // Whoever gives up ends the models, but not the record of them: that has the grace.
    const nobody = new AbortController().signal;
    try {
      const waited = await within(clock, Math.max(0, deadlineMs) + graceMs, nobody, (over) => {
        const signal = AbortSignal.any([investigation.signal, over]);
        return recorded(createSession(deps, settings, { ...investigation, signal }), chain);
      });
      if (waited.kind === 'done') return waited.value;
      logger.error({ incidentId, role }, 'the models were not asked and recorded in time; nothing they said is used');
      return nothing('timeout', 'the time for all models together was over');
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

/** What cannot be recorded does not count, as everywhere. */
async function recorded<Value>(session: Session<Value>, chain: readonly string[]): Promise<Advice<Value>> {
  const ended = await session.ask(chain);
  await session.record(ended);
  return ended.kind === 'answer' ? { ...ended, ...session.sofar() } : { ...ended, ...session.sofar() };
}

function nothing(why: NoAdvice, reason: string): Advice<never> {
  return { kind: 'none', why, reason, spent: { inputTokens: 0, outputTokens: 0, costUsd: 0 }, attempts: [], looks: [] };
}
