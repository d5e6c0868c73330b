/** Port of the evidence store: answers are kept whole, beside the graph's state, which holds only their ids. */
import type { Evidence } from '../domain/evidence.ts';
import type { EvidenceId, IncidentId } from '../domain/ids.ts';

export interface EvidenceStore {
  save(incidentId: IncidentId, evidence: readonly Evidence[]): Promise<void>;
  get(ids: readonly EvidenceId[]): Promise<Evidence[]>;
  list(incidentId: IncidentId): Promise<Evidence[]>;
}
