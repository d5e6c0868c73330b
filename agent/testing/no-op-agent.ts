/**
 * The agent as it is shipped, with five nodes that do nothing in the place of its own: what the bench holds against bare LangGraph.
 * `node no-op-agent.ts [URL]`, settings from the environment as ever; with a URL every node asks it once.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import type { BaseCheckpointSaver } from '@langchain/langgraph';
import type { Fence, IncidentStore } from '../incident/store.ts';

// As the agent's own main file does.
enableCompileCache(join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'kintsugi'));
const [{ startApp }, { loadSettings }, { createLogger }, { buildNoOpGraph }] = await Promise.all([
  import('../app.ts'),
  import('../config/load.ts'),
  import('../telemetry/logger.ts'),
  import('./no-op-graph.ts'),
]);
const url = process.argv[2];
const made: { saver?: BaseCheckpointSaver; incidents?: Pick<IncidentStore, 'close'> } = {};

function noOpGraph(): object {
  const { saver, incidents } = made;
  if (!saver || !incidents) throw new Error('the app made its graph before its stores');
  return buildNoOpGraph(saver, {
    ...(url === undefined ? {} : { each: async () => void (await (await fetch(url)).arrayBuffer()) }),
    last: ({ configurable }) => incidents.close('no-fault', 'nothing was looked at', configurable?.lease as Fence),
  });
}

const settings = loadSettings();
const logger = createLogger(settings.log.level);
const app = await startApp(settings, logger, {
  port<Port extends object>(name: string, port: Port): Port {
    if (name === 'graph') return noOpGraph() as Port;
    if (name === 'saver') made.saver = port as unknown as BaseCheckpointSaver;
    if (name === 'incidents') made.incidents = port as unknown as IncidentStore;
    return port;
  },
});
logger.info({ url: app.url }, 'agent ready');
flushCompileCache();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void app.stop().then(() => process.exit(0)));
}
