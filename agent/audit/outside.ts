/** Everything of the trail that is kept outside, and the comparison of the store with it. */
import type { Anchor, Archive, ArchivedRange } from './anchor.ts';
import { archiveLines, checksumOf } from './archive-lines.ts';
import type { AuditKeys } from './key.ts';
import { type OutsideHead, type TrailReader, type TrailReport, verifyTrail } from './verify.ts';

export interface Outside {
  anchors: readonly Anchor[];
  archives: readonly Archive[];
}

export interface FullReport extends TrailReport {
  /** Ranges in the archives that were compared byte by byte, and the first that differs or leaves a gap before it. */
  archive: { ranges: number; differs: string | null };
}

/** Chain, keys, head, then the outside: its heads, the ends of its ranges, and the bytes of every range. `known`: heads a person kept. */
export async function verifyAll(
  reader: TrailReader,
  keys: AuditKeys,
  { anchors, archives }: Outside,
  signal: AbortSignal,
  known: readonly OutsideHead[] = [],
): Promise<FullReport> {
  const heads = (await Promise.all(anchors.map((anchor) => anchor.heads?.(signal) ?? []))).flat();
  const ranges = (await Promise.all(archives.map((archive) => archive.ranges(signal)))).flat();
  const ends = ranges.map(({ to, hash, where }) => ({ seq: to, hash, where }));
  const report = await verifyTrail(reader, keys, [...known, ...heads, ...ends]);
  if (report.fault) return { ...report, archive: { ranges: 0, differs: null } };
  const odd = gapIn(ranges) ?? (await otherBytes(reader, ranges, signal));
  const archive = { ranges: ranges.length, differs: odd?.where ?? null };
  return odd ? { ...report, brokenAt: odd.from, fault: 'outside', archive } : { ...report, archive };
}

/** The first range that does not begin where the one before it ends; several versions of one range are one. */
function gapIn(ranges: readonly ArchivedRange[]): ArchivedRange | undefined {
  let end: number | undefined;
  let start = 0;
  for (const range of ranges.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    if (end !== undefined && range.from !== end + 1 && !(range.from === start && range.to === end)) return range;
    [start, end] = [range.from, range.to];
  }
  return undefined;
}

async function otherBytes(reader: TrailReader, ranges: readonly ArchivedRange[], signal: AbortSignal): Promise<ArchivedRange | undefined> {
  for (const range of ranges) {
    const rows = await reader.rows(range.from - 1, range.to - range.from + 1);
    if ((await range.checksum(signal)) !== checksumOf(archiveLines(rows))) return range;
  }
  return undefined;
}
