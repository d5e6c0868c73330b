/** On the word of the environment LangChain sends every prompt, and the state of every run, to somebody no setting names, or prints it: then the agent does not start. */
import { getEnvironmentVariable } from '@langchain/core/utils/env';

/** Each makes LangChain send whole conversations and runs to LangSmith, or write them to the output. */
export const tellingVariables = [
  'LANGSMITH_TRACING_V2',
  'LANGCHAIN_TRACING_V2',
  'LANGSMITH_TRACING',
  'LANGCHAIN_TRACING',
  'LANGCHAIN_VERBOSE',
] as const;

/** Those that are on. */
export function tellingIn(environment: Readonly<Record<string, string | undefined>>): string[] {
  return tellingVariables.filter((name) => isOn(environment[name]));
}

/** Why nobody may be asked, as one sentence; undefined when LangChain keeps to itself. Asked anew each time, as LangChain does. */
export function tracingProblem(): string | undefined {
  const told = tellingIn(Object.fromEntries(tellingVariables.map((name) => [name, getEnvironmentVariable(name)])));
  if (told.length === 0) return undefined;
  return `${told.join(' and ')} would have LangChain pass on all that models are asked and answer, to somebody no chain names; no model is asked while it is set`;
}

/** More than LangChain takes for a yes: whoever sets one wants what it does. */
function isOn(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no', 'off'].includes(value.toLowerCase());
}
