/** Evidence from AWS X-Ray: who calls whom, and which spans failed or took unusually long. Reads only; judges nothing. */
import type { XRayClient } from '@aws-sdk/client-xray';
import type { EvidenceQuestion } from '../../domain/evidence.ts';
import { cleanText, neverThrowing, unaskable } from '../answer.ts';
import type { EvidencePlugin } from '../plugin.ts';
import type { EvidenceAnswer, EvidenceSource } from '../source.ts';
import { look } from './look.ts';
import { type Config, config } from './settings.ts';

interface Deps {
  /** Region, credentials, endpoint and retries are the caller's. */
  xray: XRayClient;
}

export const xray = {
  id: 'xray',
  config,
  create(settings: Config, deps: Deps): EvidenceSource | undefined {
    if (!settings.enabled) return undefined;
    return {
      id: 'xray',
      ask: (question, signal) => neverThrowing(wording(question), signal, () => ask(settings, deps.xray, question, signal)),
    };
  },
} satisfies EvidencePlugin<'xray', typeof config, Deps>;

function wording({ cluster, focus, baselineSeconds }: EvidenceQuestion): string {
  const services = cleanText(focus.join(', '), 200) || 'no service';
  return `X-Ray traces through ${services}, cluster ${cleanText(cluster, 100)}: since the onset and ${baselineSeconds} s before`;
}

async function ask(settings: Config, client: XRayClient, question: EvidenceQuestion, signal: AbortSignal): Promise<EvidenceAnswer> {
  const asked = wording(question);
  const refusal = unaskable(question);
  if (refusal !== undefined) return { status: 'failed', question: asked, detail: refusal, facts: [] };
  if (question.purpose === 'verification')
    return { status: 'nothing', question: asked, detail: 'a verification reads no traces', facts: [] };
  return look(settings, client, question, asked, signal);
}
