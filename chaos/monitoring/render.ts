/** Writes the configuration folder of one Prometheus and one Alertmanager, from the production files in `dashboards/`. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { addReceivers, type ExtraReceiver } from './extra-receivers.ts';
import { shortenAlertmanagerConfig, shortenPrometheusConfig, shortenRules } from './shorten-intervals.ts';

export interface RenderOptions {
  /** The repository's `dashboards/`. */
  dashboardsDir: string;
  /** Written into; made when missing. */
  outDir: string;
  pace: number;
  /** Where the agent receives alerts. */
  webhookUrl: string;
  /** The bearer token the agent expects. */
  webhookToken: string;
  /** Who hears of alerts beside the agent. */
  receivers?: readonly ExtraReceiver[];
}

export interface RenderedMonitoring {
  /** Holds prometheus.yml; `startPrometheus` takes it. */
  prometheusDir: string;
  /** Holds alertmanager.yml; `startAlertmanager` takes it. */
  alertmanagerDir: string;
  /** Service discovery writes its target files (`*.json`) here. */
  ecsTargetsDir: string;
  /** Tells Prometheus where Alertmanager listens, such as `127.0.0.1:9093`. */
  setAlertmanager(address: string): Promise<void>;
  /** Tells Prometheus where the agent's /metrics is. */
  setAgent(address: string): Promise<void>;
}

export async function renderMonitoring(options: RenderOptions): Promise<RenderedMonitoring> {
  const { dashboardsDir, outDir, pace, webhookUrl, webhookToken, receivers = [] } = options;
  const prometheusDir = join(outDir, 'prometheus');
  const alertmanagerDir = join(outDir, 'alertmanager');
  const targets = (name: string) => join(prometheusDir, 'targets', name);
  // Prometheus watches the folders of its target files: they must be there when it starts.
  for (const dir of [join(prometheusDir, 'rules'), targets('ecs'), targets('alertmanager'), targets('kintsugi'), alertmanagerDir]) {
    await mkdir(dir, { recursive: true });
  }

  const source = join(dashboardsDir, 'prometheus');
  await writeFile(
    join(prometheusDir, 'prometheus.yml'),
    shortenPrometheusConfig(await readFile(join(source, 'prometheus.yml'), 'utf8'), pace),
  );
  for (const file of (await readdir(join(source, 'rules'))).filter((name) => name.endsWith('.yml'))) {
    await writeFile(join(prometheusDir, 'rules', file), shortenRules(await readFile(join(source, 'rules', file), 'utf8'), pace));
  }

  const alertmanager = await readFile(join(dashboardsDir, 'alertmanager', 'alertmanager.yml'), 'utf8');
  const shortened = shortenAlertmanagerConfig(alertmanager, { pace, webhookUrl });
  await writeFile(join(alertmanagerDir, 'alertmanager.yml'), addReceivers(shortened, receivers));
  await writeFile(join(alertmanagerDir, 'kintsugi-webhook-token'), webhookToken, { mode: 0o600 });

  const setTarget = (name: string) => (address: string) =>
    writeFile(join(targets(name), 'demo.json'), JSON.stringify([{ targets: [address] }]));
  return {
    prometheusDir,
    alertmanagerDir,
    ecsTargetsDir: targets('ecs'),
    setAlertmanager: setTarget('alertmanager'),
    setAgent: setTarget('kintsugi'),
  };
}
