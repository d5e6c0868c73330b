/** A report of the check, in words. */
import type { FullReport } from '../audit/outside.ts';
import type { TrailFault } from '../audit/verify.ts';

const words: Readonly<Record<TrailFault, string>> = {
  place: 'a row is missing, moved or added',
  link: 'it does not follow the row before it',
  content: 'it was edited, or made by somebody without the key',
  'unknown-key': 'it was signed with a key that is not in the settings',
  'key-order': 'it carries an older key than the row before it',
  'no-head': 'nothing says any more which row is the youngest',
  cut: 'rows are gone from the end',
  head: 'it is another than the trail says its youngest row is',
  'beyond-head': 'it was added behind the youngest row',
  'keyed-from': 'the signed rows do not begin where they did',
  'old-key': 'the youngest row carries an earlier key: the agent has not run with the key in use, or rows are gone from the end',
  outside: 'what is kept outside says otherwise',
};

export function reportLine({ rows, brokenAt, fault, head, outside, archive }: FullReport): string {
  const compared = outside.compared === 0 ? 'nothing outside to compare with' : `${outside.compared} heads outside agree`;
  if (fault === null) {
    const ranges = archive.ranges === 0 ? '' : `, ${archive.ranges} archived ranges hold the same rows`;
    const end = head ? `, up to ${head.hash.slice(0, 16)}… at row ${head.seq}` : '';
    return `intact: ${rows} rows${end}; ${compared}${ranges}`;
  }
  const witness = outside.differs?.where ?? archive.differs;
  return `BROKEN at row ${brokenAt}: ${words[fault]}${witness ? ` (${witness})` : ''}`;
}
