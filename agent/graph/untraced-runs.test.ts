import { BaseCallbackHandler } from '@langchain/core/callbacks/base';
import { AsyncLocalStorageProviderSingleton as contexts } from '@langchain/core/singletons';
import { Annotation, Command, END, getConfig, interrupt, MemorySaver, START, StateGraph } from '@langchain/langgraph';
import { expect, it } from 'vitest';
import { runUntraced } from './untraced-runs.ts';

const State = Annotation.Root({ seen: Annotation<string> });
const config = { configurable: { thread_id: 'incident-1' } };

/** One node that does this. */
function graphOf(node: () => { seen: string }) {
  return new StateGraph(State)
    .addNode('node', async () => node())
    .addEdge(START, 'node')
    .addEdge('node', END)
    .compile({ checkpointer: new MemorySaver() });
}

const contextOf = () => ({ seen: Object.keys(contexts.getInstance().getStore() ?? {}).join(' ') });

it('builds no run tree where nobody traces', async () => {
  runUntraced();
  expect(await graphOf(contextOf).invoke({ seen: '' }, config)).toEqual({ seen: 'extra' });
});

it('carries the config to where it is asked for, over an interrupt', async () => {
  runUntraced();
  runUntraced();
  const graph = graphOf(() => ({ seen: `${getConfig().configurable?.thread_id}: ${interrupt<string, string>('well?')}` }));
  await graph.invoke({ seen: '' }, config);
  expect((await graph.getState(config)).tasks[0]?.interrupts).toMatchObject([{ value: 'well?' }]);
  expect(await graph.invoke(new Command({ resume: 'yes' }), config)).toEqual({ seen: 'incident-1: yes' });
});

it('leaves a run that somebody traces as it was', async () => {
  runUntraced();
  const started: unknown[] = [];
  const handler = BaseCallbackHandler.fromMethods({
    handleChainStart: (_chain, _input, _id, _parent, _tags, metadata) => void started.push(metadata?.langgraph_node),
  });
  const { seen } = await graphOf(contextOf).invoke({ seen: '' }, { ...config, callbacks: [handler] });
  expect(started).toContain('node');
  expect(seen).toContain('trace_id');
});
