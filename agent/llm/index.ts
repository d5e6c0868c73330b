/** The providers: one line each. A chain names them as `<id>:<model>`; importing this list loads no vendor's package. */
import { anthropic } from './anthropic/index.ts';
import { bedrock } from './bedrock/index.ts';
import { compatible } from './compatible/index.ts';
import { google } from './google/index.ts';
import { openai } from './openai/index.ts';
import type { LlmPlugin } from './provider.ts';
import { scripted } from './scripted/index.ts';

export const llmPlugins: readonly LlmPlugin[] = [openai, compatible, bedrock, anthropic, google, scripted];
