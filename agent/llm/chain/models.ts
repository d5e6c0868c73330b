/** The models that chains may name: made by their provider when they are first asked, so that what no chain names is never loaded. */
import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import type { LlmPlugin, ProviderDeps } from '../provider.ts';
import { partsOf } from './model-name.ts';
import { tracingProblem } from './tracing.ts';

type Plugins = readonly LlmPlugin[];
/** Settings of the providers, by id. */
type Configs = Readonly<Record<string, unknown>>;

export interface Models {
  /** Why a chain may not name it, as one sentence; undefined when it may. */
  problemOf(name: string): string | undefined;
  get(name: string, maxOutputTokens: number): Promise<BaseChatModel>;
}

export function createModels(plugins: Plugins, configs: Configs, deps: ProviderDeps): Models {
  const made = new Map<string, Promise<BaseChatModel>>();

  function make(name: string, maxOutputTokens: number): Promise<BaseChatModel> {
    const { provider, model } = partsOf(name);
    const plugin = plugins.find(({ id }) => id === provider);
    if (!plugin) return Promise.reject(new Error(`there is no provider "${provider}"`));
    return plugin.create(configs[provider], model, maxOutputTokens, deps);
  }

  return {
    problemOf: (name) => problemOf(plugins, configs, name),
    get(name, maxOutputTokens) {
      const key = `${maxOutputTokens} ${name}`;
      const known = made.get(key);
      if (known) return known;
      const making = make(name, maxOutputTokens);
      made.set(key, making);
      // What could not be made may be made the next time.
      making.catch(() => made.delete(key));
      return making;
    },
  };
}

export function problemOf(plugins: Plugins, configs: Configs, name: string): string | undefined {
  const { provider } = partsOf(name);
  const plugin = plugins.find(({ id }) => id === provider);
  if (!plugin) return `there is no provider "${provider}"; the providers are ${plugins.map(({ id }) => id).join(', ')}`;
  return plugin.missing(configs[provider]) ?? tracingProblem();
}
