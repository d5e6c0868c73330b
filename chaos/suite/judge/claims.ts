/** What the agent named as the cause, incident by incident, as its audit trail holds it; and whether that was right. */
import { z } from 'zod';
import type { IncidentView } from '../../../agent/api/contract.ts';
import type { Expectation } from '../format/schema.ts';
import type { Facts } from './facts.ts';

export interface Claim {
  cause: string;
  service: string;
}

const Ranked = z.object({ ranked: z.array(z.object({ cause: z.string(), service: z.string() })) });
const Diagnosed = Ranked.extend({ conclusion: z.string() });

/**
 * The cause ranked first in the last diagnosis of the incident, after its audit; for an incident that ends as fixed, in the one its change rested on. Null:
 * it named none.
 */
export function claimOf(incident: Pick<IncidentView, 'id' | 'outcome'>, audit: Facts['audit']): Claim | null {
  const all = audit.filter(({ incidentId }) => incidentId === incident.id);
  const lastChange = all.findLastIndex(({ event }) => event === 'action-intended');
  const entries = incident.outcome === 'fixed' && lastChange >= 0 ? all.slice(0, lastChange) : all;
  const last = entries.findLastIndex(({ event }) => event === 'diagnosis');
  if (last < 0) return null;
  const diagnosed = Diagnosed.safeParse(entries[last]?.detail);
  if (!diagnosed.success || diagnosed.data.conclusion !== 'cause') return null;
  const audited = Ranked.safeParse(entries.slice(last).findLast(({ event }) => event === 'audited')?.detail);
  return (audited.success ? audited.data : diagnosed.data).ranked[0] ?? null;
}

/** Whoever reads such an incident's outcome acts on its cause, or the agent did. */
const rests = (outcome: IncidentView['outcome']) => outcome === null || outcome === 'fixed' || outcome === 'escalated';

/**
 * Every fault is named by some incident, and no incident that people or the agent act on names a cause that is none. Null where nothing is wrong that could be
 * named.
 */
export function isCauseRight(
  incidents: Facts['incidents'],
  audit: Facts['audit'],
  expect: readonly Expectation[],
): { isRight: boolean; why: string[] } | null {
  const faults = expect.map(({ causes }) => causes).filter((causes) => causes.length > 0);
  if (faults.length === 0) return null;
  const claims = incidents.flatMap((incident) => {
    const claim = claimOf(incident, audit);
    return claim ? [{ ...claim, isActedOn: rests(incident.outcome) }] : [];
  });
  const names = (claim: Claim) => (cause: Claim) => cause.cause === claim.cause && cause.service === claim.service;
  const why = [
    ...faults
      .filter((causes) => !claims.some((claim) => causes.some(names(claim))))
      .map((causes) => `nobody was told of ${causes.map(textOf).join(' or ')}`),
    ...new Set(
      claims
        .filter((claim) => claim.isActedOn && !faults.flat().some(names(claim)))
        .map((claim) => `${textOf(claim)} was named, which is not the cause`),
    ),
  ];
  return { isRight: why.length === 0, why };
}

function textOf({ cause, service }: Claim): string {
  return `${cause} of ${service}`;
}
