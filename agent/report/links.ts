/** Where a person looks on: addresses made of our own settings and checked names only; what an alert carries is never a link. */
import type { Incident } from '../domain/incident.ts';

export interface LinkSettings {
  /** AWS region of the clusters. */
  region: string;
  /** Base URLs, as far as they are set. */
  prometheusUrl?: string | undefined;
  alertmanagerUrl?: string | undefined;
}

export interface Link {
  title: string;
  url: string;
}

export function linksOf(
  { alertName, resource: { cluster, service } }: Incident,
  { region, prometheusUrl, alertmanagerUrl }: LinkSettings,
): Link[] {
  const [inRegion, inCluster, ofService] = [region, cluster, service].map(encodeURIComponent);
  const console = `https://${inRegion}.console.aws.amazon.com/ecs/v2/clusters/${inCluster}/services/${ofService}`;
  const links: Link[] = [
    { title: `${service} in the ECS console`, url: `${console}/health?region=${inRegion}` },
    { title: 'its deployments', url: `${console}/deployments?region=${inRegion}` },
    { title: 'its logs', url: `${console}/logs?region=${inRegion}` },
  ];
  if (prometheusUrl)
    links.push({ title: 'the alert rule in Prometheus', url: `${base(prometheusUrl)}/alerts?search=${encodeURIComponent(alertName)}` });
  if (alertmanagerUrl) {
    const filter = encodeURIComponent(`{alertname=${JSON.stringify(alertName)}}`);
    links.push({ title: 'the alert in Alertmanager', url: `${base(alertmanagerUrl)}/#/alerts?filter=${filter}` });
  }
  return links;
}

function base(url: string): string {
  return url.replace(/\/+$/, '');
}
