/** A change whose diff nobody has seen: what its message and paths say that it does. Always vague: many a harmless change is called the same. */
import { type Family, families, general } from '../symptom/families.ts';
import { type Explains, type Finding, foundVaguely, leadsTo } from './mechanism.ts';
import { manifest } from './versions.ts';

/** The mechanisms of diffs as people call them. */
const deeds: [what: string, said: RegExp, explains: Explains][] = [
  [
    'takes an index away',
    /\b(?:drop|remov|delet|clean|prun)\w*[\s\S]{0,40}\bind(?:ex|ices)/i,
    leadsTo(['database', 'latency'], ['timeout', 'cpu'], ['lock']),
  ],
  [
    'takes rights away',
    /least.?privilege|\b(?:restrict|tighten|narrow|revok|harden|lock)\w*[\s\S]{0,40}\b(?:polic|role|permission|access|scope|iam|grant)/i,
    leadsTo(['permission'], ['auth'], ['connect']),
  ],
  [
    'keeps things',
    /\b(?:remember|memoi[sz]|retain|accumulat|keep|in-?memory)\w*|\bmemo\b|\bcach(?:e|es|ing)\b/i,
    leadsTo(['memory'], ['cache']),
  ],
  [
    'makes something smaller',
    /\b(?:lower|reduc|shrink|right-?siz|downsiz|decreas|cut|halv)\w*/i,
    leadsTo(['pool'], ['memory', 'cpu', 'overload', 'timeout', 'rate-limit'], ['queue', 'latency', 'cache']),
  ],
  [
    'runs on another image',
    /\b(?:distroless|slim|alpine|base image|musl)\b/i,
    leadsTo(['certificate', 'tls', 'dns'], ['missing', 'crash'], ['config', 'permission', 'clock']),
  ],
  [
    'reckons times another way',
    /time.?zone|\b(?:local|naive)\b[\s\S]{0,20}\b(?:date|time)|\butc\b|daylight/i,
    leadsTo(['clock'], ['wrong'], ['parse', 'auth']),
  ],
  [
    'tries again',
    /\bretr(?:y|ies|ying)\b(?!.?after)(?![\s\S]*(?:back.?off|jitter))/i,
    leadsTo(['retry'], ['overload', 'fanout', 'rate-limit'], ['cpu', 'latency']),
  ],
  [
    'holds a lock or a transaction',
    /\b(?:atomic|consisten|transaction|exclusiv|serializ|serialis|lock)\w*/i,
    leadsTo(['lock'], ['latency', 'timeout'], ['pool']),
  ],
  [
    'does more at once',
    /\b(?:in parallel|concurren|parallel|fan.?out)\w*/i,
    leadsTo(['fanout'], ['pool', 'race', 'overload', 'rate-limit'], ['memory', 'cpu']),
  ],
];

/** It may do anything to it, so the words of the symptoms in it are no further sign. */
export const speaksOfIt = 'speaks of it';

/** More of a message and of paths is not read. */
const longestText = 2000;
/** How well a mere mention explains a kind of trouble. */
const mention = 0.4;

export function spokenOf(message: string, files: readonly string[]): Finding[] {
  const text = `${message} ${files.join(' ')}`.slice(0, longestText);
  const done = deeds.flatMap(([what, said, explains]) => (said.test(text) ? foundVaguely(what, [text], explains).map(asTold) : []));
  const isManifest = files.length > 0 && files.every((file) => manifest.test(file));
  const upgrade = isManifest ? foundVaguely('moves dependencies', [text], leadsTo(['crash'], ['absent', 'missing', 'parse'])) : [];
  const kinds = (Object.entries(families) as [Family, RegExp][]).filter(
    ([kind, pattern]) => general[kind] === undefined && pattern.test(text),
  );
  const spoken = kinds.length > 0 ? foundVaguely(speaksOfIt, [text], new Map(kinds.map(([kind]) => [kind, mention] as const))) : [];
  return [...done, ...upgrade, ...spoken];
}

function asTold(finding: Finding): Finding {
  return { ...finding, isTold: true };
}
