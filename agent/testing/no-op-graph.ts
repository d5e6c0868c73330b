/**
 * Five nodes in a row that do nothing, over the state of a real run: what running costs beyond what the nodes do. The floor of the bench
 * runs it bare, the agent by its runner.
 */
import { type BaseCheckpointSaver, END, type LangGraphRunnableConfig, START, StateGraph } from '@langchain/langgraph';
import { IncidentState } from '../graph/state.ts';

export interface NoOpNodes {
  /** What each node does before it answers; default: nothing. */
  each?: () => Promise<void>;
  /** What the last one does besides. */
  last?: (config: LangGraphRunnableConfig) => Promise<void>;
}

export function buildNoOpGraph(checkpointer: BaseCheckpointSaver, { each, last }: NoOpNodes = {}) {
  const node = async ({ looks }: IncidentState) => {
    await each?.();
    return { looks: looks + 1 };
  };
  return new StateGraph(IncidentState)
    .addNode('analyst', node)
    .addNode('auditor', node)
    .addNode('decision', node)
    .addNode('remediation', node)
    .addNode('verification', async (state: IncidentState, config: LangGraphRunnableConfig) => {
      await last?.(config);
      return node(state);
    })
    .addEdge(START, 'analyst')
    .addEdge('analyst', 'auditor')
    .addEdge('auditor', 'decision')
    .addEdge('decision', 'remediation')
    .addEdge('remediation', 'verification')
    .addEdge('verification', END)
    .compile({ checkpointer });
}
