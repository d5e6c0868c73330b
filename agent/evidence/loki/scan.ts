/** Reads one window page by page. A page ends in the middle of a moment: the next begins at that moment and skips what was read of it. */
import { cleanText } from '../answer.ts';
import type { Patterns } from '../log-patterns.ts';
import { type Asking, type Line, queryRange } from './client.ts';

export interface ScanSettings {
  asking: Asking;
  taskLabel: string;
  pageLines: number;
  maxPages: number;
}

const nanoseconds = 1_000_000n;
/** Labels under which shippers and Loki itself keep the level of a line, the more deliberate ones first. */
const levelLabels = ['level', 'severity', 'severity_text', 'detected_level'];

/** Adds every line of `from` until before `to`, milliseconds; answers what was left unread. */
export async function scan(settings: ScanSettings, query: string, from: number, to: number, patterns: Patterns): Promise<string[]> {
  const { asking, taskLabel, pageLines, maxPages } = settings;
  const end = BigInt(Math.ceil(to)) * nanoseconds;
  let start = BigInt(Math.floor(from)) * nanoseconds;
  const gaps: string[] = [];
  let seen = new Set<string>();
  for (let page = 0; page < maxPages; page += 1) {
    const { lines, warnings } = await queryRange(asking, query, start, end, pageLines);
    gaps.push(...warnings.map((warning) => `warning: ${cleanText(warning, 200)}`));
    for (const line of lines) {
      if (seen.has(keyOf(line))) continue;
      const { labels, at, text } = line;
      const level = levelLabels.map((label) => labels[label]).find((one) => one !== undefined);
      patterns.add({ timestamp: Number(at / nanoseconds), message: text, taskId: cleanText(labels[taskLabel] ?? '', 64), level });
    }
    const last = lines.at(-1);
    if (last === undefined || lines.length < pageLines) return gaps;
    if (last.at <= start) {
      gaps.push(`more than ${pageLines} lines at ${momentOf(last.at)}, only so many were read`);
      start = last.at + 1n;
      seen = new Set();
    } else {
      start = last.at;
      seen = new Set(lines.filter(({ at }) => at === start).map(keyOf));
    }
  }
  gaps.push(`only the first ${maxPages} pages from ${new Date(from).toISOString()} on were read`);
  return gaps;
}

/** Loki keeps a line of a stream once a moment. */
function keyOf({ labels, at, text }: Line): string {
  return JSON.stringify([String(at), Object.entries(labels).sort(), text]);
}

function momentOf(at: bigint): string {
  return new Date(Number(at / nanoseconds)).toISOString();
}
