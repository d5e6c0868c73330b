/** Lets others than the agent hear of alerts too: each gets those of one cluster. Pure: text in, text out. */
import { isSeq, parseDocument } from 'yaml';

export interface ExtraReceiver {
  name: string;
  cluster: string;
  webhookUrl: string;
}

export function addReceivers(alertmanagerConfig: string, receivers: readonly ExtraReceiver[]): string {
  const document = parseDocument(alertmanagerConfig);
  const [all, routes] = [document.get('receivers'), document.getIn(['route', 'routes'])];
  if (!isSeq(all) || !isSeq(routes)) throw new Error('alertmanager.yml has no receivers or no routes');
  for (const { name, cluster, webhookUrl } of receivers) {
    all.add(document.createNode({ name, webhook_configs: [{ url: webhookUrl, send_resolved: false, max_alerts: 0 }] }));
    // The last route takes everything; whoever stands behind it hears nothing.
    routes.items.unshift(document.createNode({ receiver: name, matchers: [`ecs_cluster="${cluster}"`], continue: true }));
  }
  return document.toString({ lineWidth: 0 });
}
