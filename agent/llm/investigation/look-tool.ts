/** The one look an investigation may order: a source, a service and a window out of closed lists. It reads; what it finds is evidence like any other. */
import { z } from 'zod';
import type { Evidence } from '../../domain/evidence.ts';
import { type Citable, citable } from '../../evidence/in-words.ts';
import type { ReadTool } from '../adviser.ts';

export const windows = ['last-minute', 'as-alerted', 'last-quarter-hour'] as const;
export type Window = (typeof windows)[number];

export interface LookParams {
  source: string;
  service: string;
  window: Window;
}

export interface LookPlaces {
  sources: readonly string[];
  services: readonly string[];
  /** What was shown before the first look; each look adds to it under the next name. */
  citables: Citable[];
  /** Asks the source and keeps its answer. */
  read(params: LookParams, signal: AbortSignal): Promise<Evidence>;
}

const maxCharacters = 6_000;

export function createLookTool({ sources, services, citables, read }: LookPlaces): ReadTool {
  const params = z.object({
    source: z.enum(sources).describe('The evidence source to ask.'),
    service: z.enum(services).describe('The service to ask about in detail.'),
    window: z.enum(windows).describe('How far back the recent values reach.'),
  });
  return {
    name: 'look',
    description: 'Asks one evidence source about one service. It only reads.',
    params,
    async read(given, signal) {
      const { source, service, window } = params.parse(given);
      const [found] = citable([await read({ source, service, window }, signal)], { focus: [service], maxCharacters });
      if (!found) return 'nothing was found';
      const alias = `E${citables.length + 1}`;
      citables.push({ ...found, alias, label: `evidence ${alias}, ${source}` });
      return `evidence ${alias}\n${found.text}`;
    },
  };
}
