/** The evidence plug-ins: one line each. The composition root builds them all from their settings; nothing here knows a vendor. */
import { cloudwatchLogs } from './cloudwatch-logs/index.ts';
import { cloudwatchMetrics } from './cloudwatch-metrics/index.ts';
import { ecs } from './ecs/index.ts';
import { github } from './github/index.ts';
import { loki } from './loki/index.ts';
import type { CommonDeps, EvidencePlugin } from './plugin.ts';
import { prometheus } from './prometheus/index.ts';
import type { EvidenceSource } from './source.ts';
import { traces } from './traces/index.ts';
import { xray } from './xray/index.ts';

export const evidencePlugins = [
  prometheus,
  ecs,
  cloudwatchLogs,
  cloudwatchMetrics,
  loki,
  github,
  traces,
  xray,
] as const satisfies readonly EvidencePlugin[];

type Plugin = (typeof evidencePlugins)[number];
type AllOf<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void ? All : never;

/** What the plug-ins need together: clients, and whatever else one of them asks for. */
export type EvidenceDeps = CommonDeps & AllOf<Parameters<Plugin['create']>[1]>;
/** Settings by plug-in id. */
export type EvidenceSettings = { [Each in Plugin as Each['id']]: Parameters<Each['create']>[0] };

export function createEvidenceSources(settings: EvidenceSettings, deps: EvidenceDeps): EvidenceSource[] {
  return evidencePlugins.flatMap((plugin: EvidencePlugin) => plugin.create(settings[plugin.id as Plugin['id']], deps) ?? []);
}
