/** Port of the evidence store: answers are kept whole, beside the graph's state, which holds only their ids. */
import type { Evidence } from '../domain/evidence.ts';
import type { EvidenceId, IncidentId } from '../domain/ids.ts';
import type { Fence } from '../incident/store.ts';

export interface EvidenceStore {
  /** `LeaseLostError` once the incident is closed or held by somebody else. */
  save(fence: Fence, evidence: readonly Evidence[]): Promise<void>;
  get(ids: readonly EvidenceId[]): Promise<Evidence[]>;
  list(incidentId: IncidentId): Promise<Evidence[]>;
}
