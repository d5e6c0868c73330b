/** The routes of a service against their own past: which got worse, and how many are known to be fine. */
import { clearTrouble, excess, healthOf, sinceBaseline, type Threshold } from './symptoms.ts';
import type { Signals, View } from './view.ts';

export interface Routes {
  bad: { name: string; signals: Signals }[];
  fine: number;
  /** How the bad ones stand against their own past. */
  baseline: ReturnType<typeof sinceBaseline>;
}

export function regressedRoutes(view: View, service: string): Routes {
  const routes: Routes = { bad: [], fine: 0, baseline: 'none' };
  for (const [name, signals] of view.routes.get(service) ?? []) {
    const worse = clearTrouble(view, signals).filter((signal: Threshold) => (excess(signals, signal, view.settings) ?? 0) > 0);
    if (worse.length > 0) {
      routes.bad.push({ name, signals });
      const baseline = sinceBaseline(signals, worse, view.settings);
      if (routes.baseline !== 'unknown') routes.baseline = baseline;
    } else if (healthOf(signals, view.settings) === 'fine') routes.fine += 1;
  }
  return routes;
}
