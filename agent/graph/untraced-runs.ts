/**
 * LangChain builds a LangSmith run tree around each call of a node, each write and each edge, whether anybody traces or not: an eighth of the
 * processor time of a run. Where no callbacks came with the call there is nothing to trace, and the config is carried by itself.
 */
import { AsyncLocalStorageProviderSingleton as contexts, _CONTEXT_VARIABLES_KEY as contextVariables } from '@langchain/core/singletons';

/** Under this name LangChain looks for the config in the context. */
const childConfig = Symbol.for('lc:child_config');

type RunWithConfig = typeof contexts.runWithConfig;

const light = Symbol('carries the config by itself');

/** For the whole process; to call it again changes nothing. */
export function runUntraced(): void {
  const whole: RunWithConfig & { [light]?: true } = contexts.runWithConfig;
  if (whole[light]) return;
  const carry = <T>(config: { callbacks?: unknown } | undefined, callback: () => T, avoidCreatingRootRunTree?: boolean): T => {
    const storage = contexts.getInstance();
    const hasMore = config?.callbacks !== undefined || storage.getStore()?.[contextVariables] !== undefined;
    if (hasMore) return whole.call(contexts, config, callback, avoidCreatingRootRunTree) as T;
    return storage.run({ extra: { [childConfig]: config } }, callback) as T;
  };
  contexts.runWithConfig = Object.assign(carry, { [light]: true as const });
}
