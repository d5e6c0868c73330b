/** Whether the clusters of a stage are as they should be before anything is done to them. */
import { z } from 'zod';
import { pause } from './pause.ts';
import type { StageCluster } from './stage.ts';
import { isWell } from './user-view.ts';

/** So many good looks in a row count. */
const goodLooks = 3;
const betweenLooksMs = 700;

const Alerts = z.object({ data: z.object({ alerts: z.array(z.object({ state: z.string(), labels: z.record(z.string(), z.string()) })) }) });

export interface WellOptions {
  clusters: readonly StageCluster[];
  prometheusUrl: string;
  /** Where everything its users ask arrives: without data from here nothing is known. */
  edge: string;
  withinMs: number;
  /** No alert about them may be pending or firing either; alerts look further back than users do. */
  isQuiet: boolean;
  signal: AbortSignal;
}

/** Every cluster steady, and every service of it that is asked anything within its limits. */
export async function untilWell(options: WellOptions): Promise<void> {
  const { clusters, edge, withinMs, signal } = options;
  const deadline = Date.now() + withinMs;
  for (let good = 0; good < goodLooks; ) {
    await pause(betweenLooksMs, signal);
    const problem = (await illness(clusters, edge)) ?? (options.isQuiet ? await alertAbout(clusters, options.prometheusUrl) : undefined);
    if (problem !== undefined && Date.now() > deadline) {
      throw new Error(`the services did not become well within ${withinMs / 1000} s: ${problem}`);
    }
    good = problem === undefined ? good + 1 : 0;
  }
}

async function illness(clusters: readonly StageCluster[], edge: string): Promise<string | undefined> {
  const found = await Promise.all(clusters.map((cluster) => problemOf(cluster, edge)));
  return found.find((problem) => problem !== undefined);
}

async function alertAbout(clusters: readonly StageCluster[], prometheusUrl: string): Promise<string | undefined> {
  const response = await fetch(`${prometheusUrl}/api/v1/alerts`, { signal: AbortSignal.timeout(3_000) });
  const { alerts } = Alerts.parse(await response.json()).data;
  const names = new Set(clusters.map(({ control }) => control.cluster));
  const alert = alerts.find(({ labels }) => names.has(labels.ecs_cluster ?? ''));
  return alert && `${alert.labels.alertname} about ${alert.labels.ecs_service} in ${alert.labels.ecs_cluster} is ${alert.state}`;
}

async function problemOf({ control, look }: StageCluster, edge: string): Promise<string | undefined> {
  const [isSteady, services] = await Promise.all([control.isSteady(), look()]);
  if (!isSteady) return `a deployment is still under way in ${control.cluster}`;
  const ill = Object.entries(services).find(
    ([service, view]) => !isWell(view) && (service === edge || view.errorRatio !== null || view.latencyP95 !== null),
  );
  return ill && `${ill[0]} in ${control.cluster}: ${JSON.stringify(ill[1])}`;
}
