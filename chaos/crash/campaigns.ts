/** Every campaign of the laboratory, in the order they are run. */
import type { LabCampaign } from './campaign.ts';
import { clockSetBack, skewedReplica } from './clock-steps.ts';
import { connectionsCut, databaseRestarted } from './database-gone.ts';
import { diskFull } from './disk-full.ts';
import { drainUnderLoad } from './drain.ts';
import { haPair } from './ha-pair.ts';
import { killAtMoments, killAtRandom, killBeforeVerified } from './kill.ts';
import { sameIncident, stoppedOwner } from './replicas.ts';
import { storm } from './storm.ts';

export const campaigns: readonly LabCampaign[] = [
  killAtMoments,
  killAtRandom,
  killBeforeVerified,
  skewedReplica,
  clockSetBack,
  diskFull,
  connectionsCut,
  databaseRestarted,
  haPair,
  storm,
  sameIncident,
  stoppedOwner,
  drainUnderLoad,
];
