/**
 * LangGraph as its manual shows it: an Express door, a SqliteSaver, one invocation after the other: `node bare-langgraph.ts PORT FILE`.
 * A webhook is answered as soon as it is parsed and starts a run of its own; `GET /finished` answers how many have ended.
 * `POST /run?incidents=1000&concurrency=8&synchronous=FULL` runs that many threads without a webhook and answers how long it took.
 */
import { randomUUID } from 'node:crypto';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import express from 'express';
import { initialState } from '../graph/state.ts';
import { buildNoOpGraph } from './no-op-graph.ts';

const [port, file = ''] = process.argv.slice(2);
const saver = SqliteSaver.fromConnString(file);
const graph = buildNoOpGraph(saver);

let finished = 0;

async function runOne(): Promise<void> {
  const id = randomUUID();
  await graph.invoke(initialState(id), { configurable: { thread_id: id }, durability: 'sync' });
  finished += 1;
}

async function run(incidents: number, concurrency: number): Promise<void> {
  let left = incidents;
  const lane = async () => {
    while (left > 0) {
      left -= 1;
      await runOne();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

const http = express();
http.get('/', (_request, response) => {
  response.sendStatus(200);
});
http.post('/webhooks/alertmanager', express.json({ limit: '8mb' }), (request, response) => {
  response.status(202).json({ accepted: (request.body as { alerts: unknown[] }).alerts.length });
  void runOne();
});
http.get('/finished', (_request, response) => {
  response.json(finished);
});
http.post('/run', async (request, response) => {
  const { incidents, concurrency, synchronous } = request.query;
  if (synchronous === 'FULL') saver.db.pragma('synchronous = FULL');
  const began = performance.now();
  const cpu = process.cpuUsage();
  await run(Number(incidents), Number(concurrency));
  const { user, system } = process.cpuUsage(cpu);
  response.json({ seconds: (performance.now() - began) / 1000, cpuMs: (user + system) / 1000 });
});
http.listen(Number(port), '127.0.0.1');
