import { expect, it } from 'vitest';
import type { CallEdge, Evidence, Fact } from '../domain/evidence.ts';
import { EvidenceId } from '../domain/ids.ts';
import { neighboursOf } from './facts.ts';

function evidence(source: string, facts: Fact[]): Evidence {
  const about = { question: '', from: '', to: '', status: 'found', detail: '', durationMs: 0 } as const;
  return { id: EvidenceId.parse(source), source, ...about, facts };
}
const seen = { kind: 'call-edge', origin: 'traces', windowSeconds: 60, calls: 9, errors: 0, latencySeconds: 0.1 } as const;
const edge = (caller: string, callee: string): CallEdge => ({ ...seen, caller, callee });
const measured = (service: string): Fact => ({ kind: 'service-signal', service, signal: 'error-ratio', now: 0, before: 0 });

it('takes who calls and who is called for neighbours, also where only traces saw it', () => {
  const call: Fact = { kind: 'call-signal', caller: 'gateway', callee: 'cart', signal: 'error-ratio', now: 0, before: 0 };
  const metrics = evidence('prometheus', [call, measured('cart'), measured('stock')]);
  const traces = evidence('traces', [edge('cart', 'stock'), edge('stock', 'ledger')]);
  expect(neighboursOf([metrics, traces], ['cart'])).toEqual(['gateway', 'stock']);
});

it('takes no name for a neighbour that a span made up, however many there are', () => {
  const made = Array.from({ length: 5_000 }, (_, index) => edge('cart', `peer-${index}-${'x'.repeat(1_000)}`));
  expect(neighboursOf([evidence('prometheus', [measured('cart')]), evidence('traces', made)], ['cart'])).toEqual([]);
});
