/** What every command that asks a running agent has in common: where the agent is, and how an answer is printed. */
import type { ApiClient } from './api-client.ts';

export interface Access {
  url?: string;
}

export const urlOption = [
  '--url <url>',
  'where the agent is; by default this machine, on KINTSUGI_SERVER_PORT. The token is KINTSUGI_API_TOKEN, or in the file …_FILE names',
] as const;

export const nameOption = ['--as <name>', 'who you are; not needed with a token of your own'] as const;

export async function apiOf(url: string | undefined): Promise<ApiClient> {
  const [{ createApiClient }, { loadApiAccess }] = await Promise.all([import('./api-client.ts'), import('../config/api-access.ts')]);
  return createApiClient(loadApiAccess(url));
}

export function write(text: string): void {
  process.stdout.write(`${text}\n`);
}
