/** Shape of a provider plug-in: it makes LangChain chat models of one vendor or wire format, and is loaded only when a chain names it. */
import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import type { z } from 'zod';

export interface ProviderDeps {
  /** Longest wait for one answer, milliseconds; a provider hands it to its client, the chain enforces it. */
  timeoutMs: number;
}

export interface LlmPlugin<Config = unknown> {
  /** Equals the folder's name, and the part of `<provider>:<model>` before the colon. */
  readonly id: string;
  readonly config: z.ZodType<Config>;
  /** Why it cannot be used as it is set up, as one sentence that names the setting; undefined when it can. Asked before a chain may name it. */
  missing(config: Config): string | undefined;
  /** Loads the vendor's package. Retries are off: the chain alone repeats. */
  create(config: Config, model: string, maxOutputTokens: number, deps: ProviderDeps): Promise<BaseChatModel>;
}
