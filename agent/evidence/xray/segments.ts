/** From X-Ray's segment documents to spans. A segment is a service's share of a request, its subsegments what it did meanwhile. */
import type { Span } from '../spans.ts';
import { SegmentDocument } from './schema.ts';

/** Documents are at most 64 kB; one nested deeper was made to be a nuisance. */
const maxDepth = 50;

/** Spans of one trace, and how many of its documents could not be read. */
export function spansOf(trace: string, documents: readonly string[]): { spans: Span[]; unread: number } {
  const spans: Span[] = [];
  let unread = 0;
  for (const text of documents) {
    const document = parse(text);
    if (document === undefined) unread += 1;
    else collect(spans, trace, document.name, document.parent_id ?? null, document, 0);
  }
  return { spans, unread };
}

function parse(text: string): SegmentDocument | undefined {
  try {
    return SegmentDocument.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function collect(spans: Span[], trace: string, service: string, parent: string | null, document: SegmentDocument, depth: number): void {
  const { id, name, start_time: start, end_time: end, namespace, fault, throttle, http, subsegments } = document;
  if (end !== undefined) {
    const isCall = depth > 0 && namespace !== undefined;
    spans.push({
      trace,
      span: id,
      parent,
      service,
      peer: isCall ? name : '',
      name: depth === 0 ? [http?.request?.method, name].filter(Boolean).join(' ') : name,
      startMs: start * 1_000,
      durationMs: Math.max(0, Math.round((end - start) * 1e6) / 1_000),
      failed: fault === true || throttle === true,
    });
  }
  if (depth >= maxDepth) return;
  for (const part of subsegments ?? []) collect(spans, trace, service, id, part, depth + 1);
}
