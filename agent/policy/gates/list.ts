/** All gates, in the order they are judged and shown. */
import type { Gate } from '../gate.ts';
import { autonomy } from './autonomy.ts';
import { blastRadius } from './blast-radius.ts';
import { actionBudget, clusterBudget, fleetBudget, targetBudget } from './budgets.ts';
import { changeInFlight } from './change-in-flight.ts';
import { circuitBreaker } from './circuit-breaker.ts';
import { confidence } from './confidence.ts';
import { cooldown } from './cooldown.ts';
import { evidenceComplete } from './evidence-complete.ts';
import { evidenceFresh } from './evidence-fresh.ts';
import { featureFlag } from './feature-flag.ts';
import { freezeWindow } from './freeze-window.ts';
import { incidentChanges } from './incident-changes.ts';
import { independentSources } from './independent-sources.ts';
import { killSwitch } from './kill-switch.ts';
import { knownTarget } from './known-target.ts';
import { massFailure } from './mass-failure.ts';
import { protectedTarget } from './protected-target.ts';
import { secondOpinion } from './second-opinion.ts';
import { troubleAge } from './trouble-age.ts';

export const gates: readonly Gate[] = [
  killSwitch,
  featureFlag,
  knownTarget,
  protectedTarget,
  evidenceComplete,
  evidenceFresh,
  independentSources,
  confidence,
  secondOpinion,
  troubleAge,
  freezeWindow,
  cooldown,
  changeInFlight,
  actionBudget,
  targetBudget,
  clusterBudget,
  fleetBudget,
  blastRadius,
  massFailure,
  incidentChanges,
  circuitBreaker,
  autonomy,
];
