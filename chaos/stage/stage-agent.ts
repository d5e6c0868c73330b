/** The agent of a stage through its lives: the same store, settings and address in each. */
import { createAgentApi } from './agent-api.ts';
import { type AgentOptions, type AgentProcess, startAgent } from './agent-process.ts';
import type { StageAgent } from './stage.ts';

export interface OwnAgent extends StageAgent {
  /** The process of this life. */
  process(): AgentProcess;
  stop(): Promise<void>;
}

export async function startStageAgent(options: AgentOptions): Promise<OwnAgent> {
  let process = await startAgent(options);
  let isRunning = true;
  return {
    api: createAgentApi(process.url, options.apiToken),
    process: () => process,
    isRunning: () => isRunning,
    logPath: options.logPath,
    async kill() {
      isRunning = false;
      await process.kill();
    },
    async startAgain() {
      process = await startAgent(options);
      isRunning = true;
    },
    stop: () => process.stop(),
  };
}
