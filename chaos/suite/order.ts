/** What a player is told to play, and what it says meanwhile. Both cross a process boundary, hence the schemas. */
import { z } from 'zod';

/** A stage that is there already. */
export const Place = z.strictObject({
  /** Folder of the monitoring volume, on compose. */
  monitoring: z.string(),
  /** On AWS: the cluster, and where its Prometheus and its agent are. */
  cluster: z.string(),
  prometheusUrl: z.string(),
  agentUrl: z.string(),
});
export type Place = z.infer<typeof Place>;

export const Order = z.strictObject({
  /** Where the experiment's file lies. */
  experiment: z.string(),
  /** Where record, bundles and the agent's log go. */
  out: z.string(),
  stage: z.enum(['sandbox', 'compose', 'aws']),
  place: Place,
  caretakers: z.array(z.enum(['agent', 'nobody', 'restarter'])).min(1),
  repeat: z.int().min(1),
  seed: z.int(),
  commit: z.string(),
});
export type Order = z.infer<typeof Order>;

/** What is being done; the record is on the disk when the player ends with 0. */
export const Word = z.strictObject({ doing: z.string() });
export type Word = z.infer<typeof Word>;
