/** Runs the acquirer as a process of its own beside a cluster, and tells it how it is. */
import { fileURLToPath } from 'node:url';
import { startProgram } from '../local-process.ts';
import type { AcquirerState } from './state.ts';

export interface Acquirer {
  /** For `ACQUIRER_URL`. */
  url: string;
  set(state: AcquirerState): Promise<void>;
  stop(): Promise<void>;
}

export async function startAcquirer(): Promise<Acquirer> {
  const { url, stop } = await startProgram(fileURLToPath(new URL('main.ts', import.meta.url)));
  return {
    url,
    async set(state) {
      const response = await fetch(`${url}/state`, { method: 'PUT', body: JSON.stringify({ state }), signal: AbortSignal.timeout(5_000) });
      if (!response.ok) throw new Error(`the acquirer answered ${response.status}: ${await response.text()}`);
    },
    // Nobody minds what becomes of its last requests.
    stop: async () => void (await stop('SIGKILL')),
  };
}
