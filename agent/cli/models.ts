/** The chains of models of a running agent, and orders about them, over its API. */
import { type ModelChainView, ModelList } from '../api/contract.ts';
import type { ApiClient } from './api-client.ts';
import { plain } from './plain.ts';

export interface GivenChain {
  role: string;
  /** Null takes the order in force back; none at all switches the role off. */
  models: string[] | null;
  reason: string;
  /** Left out with a personal token. */
  by: string | undefined;
}

export async function allChains(api: ApiClient): Promise<ModelChainView[]> {
  return (await api.get('/models', ModelList)).chains;
}

export async function orderChain(api: ApiClient, { role, by, ...order }: GivenChain): Promise<ModelChainView[]> {
  const body = { ...order, ...(by === undefined ? {} : { by }) };
  return (await api.send('PUT', `/models/${encodeURIComponent(role)}`, body, ModelList)).chains;
}

/** A paragraph for each role. */
export function chainLines(chains: readonly ModelChainView[]): string {
  return chains.flatMap(linesOf).join('\n');
}

function linesOf({ role, models, setting, order }: ModelChainView): string[] {
  const because =
    order === null || order.models === null ? 'as set' : `ordered by ${plain(order.by)} at ${order.at}: ${plain(order.reason)}`;
  const head = models.length === 0 ? `${role}: nobody is asked (${because})` : `${role} (${because})`;
  const each = models.map(({ name, breaker, problem }, index) => {
    const state = problem === null ? (breaker === 'closed' ? '' : `, breaker ${breaker}`) : `, CANNOT BE ASKED: ${plain(problem)}`;
    return `  ${index + 1}. ${plain(name)}${state}`;
  });
  const instead = order?.models ? [`  in place of: ${setting.map(plain).join(', ') || 'nobody'}`] : [];
  return [head, ...each, ...instead];
}
