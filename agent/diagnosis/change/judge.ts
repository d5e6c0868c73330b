/** The case against one change: opportunity, harm, motive. The formulae stand in `find-change.ts`. */
import type { OperationalCause } from '../operational/operational-cause.ts';
import { type Family, families, general } from '../symptom/families.ts';
import type { FirstFailing } from '../symptom/first-failing.ts';
import type { Symptoms } from '../symptom/symptoms.ts';
import { additions, talk } from './additions.ts';
import type { Candidate } from './candidates.ts';
import type { Diff } from './diff.ts';
import { harmOf, isSpeech } from './harmless.ts';
import { type Code, type Finding, found, foundVaguely, leadsTo, surplus } from './mechanism.ts';
import { type Opportunity, opportunityOf } from './opportunity.ts';
import { doesOtherwise } from './otherwise.ts';
import { sharedWith } from './reach.ts';
import { removals } from './removals.ts';
import { replacements } from './replacements.ts';
import { speaksOfIt, spokenOf } from './spoken.ts';
import { lackingKinds, type Traces } from './traces.ts';

export interface Scene {
  symptoms: Symptoms;
  operational: OperationalCause | undefined;
  traces: Traces;
  first: FirstFailing;
  alertNode: string;
}

export interface Judged {
  change: string;
  /** 0..1 */
  score: number;
  evidence: string[];
  hasDiff: boolean;
  /** The trouble is that something the change needs is not there: schema, registration, setting, route. */
  lacks: boolean;
}

const worthOfTraces = 0.4;
/** What they are worth where nothing is known that the change could have done. */
const worthOfTracesAlone = 0.2;
/** What a finding is worth when its lines share no word with the symptoms; the rest comes with shared words. */
const worthAlone = { plain: 0.7, told: 0.35, vague: 0.2 } as const;

export function judge(candidate: Candidate, diff: Diff | undefined, scene: Scene): Judged {
  const { traces, operational, symptoms, first, alertNode } = scene;
  const { sha, message, files, released } = candidate;
  const code: Code | undefined = diff && { ...diff, files };
  const open = operational ? sharedWith(operational, candidate, symptoms) : [];
  const means = meansOf(code ? findingsIn(code, scene) : spokenOf(message, files), scene, open);
  const { strength, shared } = traces.of({ message, files, diff });
  const motive =
    1 - (1 - means.strength) * (1 - (means.finding ? worthOfTraces : worthOfTracesAlone) * strength * (1 - (operational?.confidence ?? 0)));
  const isTalk = means.finding?.lines.every(isSpeech) ?? false;
  const harm = isTalk ? { factor: 1, why: '' } : harmOf(code, files, message);
  const chance = best(released.map(({ node, at }) => opportunityOf(node, at, symptoms, first, alertNode)));
  const evidence = [...chance.evidence];
  if (means.finding)
    evidence.push(`${means.finding.what} (${means.family ?? 'in the words of the symptoms'}): ${quote(means.finding.lines)}`);
  if (shared.length > 0) evidence.push(`shares with the symptoms: ${shared.join(', ')}`);
  if (harm.why) evidence.push(harm.why);
  return {
    change: sha,
    score: chance.time * chance.place * harm.factor * motive,
    evidence,
    hasDiff: diff !== undefined,
    lacks: means.family !== undefined && ['schema', 'missing', 'config', 'route'].includes(means.family),
  };
}

interface Means {
  strength: number;
  finding?: Finding;
  family?: Family;
}

/** A finding whose very lines share so much with the symptoms needs no kind of trouble to fit. */
const worthOfWordsAlone = 0.6;

/** The finding that explains the trouble best. What an operational cause explains already counts only for what is left of doubt in it. */
function meansOf(findings: readonly Finding[], { symptoms, operational, traces }: Scene, open: readonly Family[]): Means {
  const doubt = 1 - (operational?.confidence ?? 0);
  let most: Means = { strength: 0 };
  for (const finding of findings) {
    const alone = worthAlone[finding.isTold ? 'told' : finding.isVague ? 'vague' : 'plain'];
    // A mention and the words it shares with the symptoms are one sign, not two.
    const shared = finding.what === speaksOfIt ? 0 : traces.ofLines(finding.lines);
    const worth = alone + (1 - alone) * shared;
    const spoken = worthOfWordsAlone * shared * doubt;
    if (spoken > most.strength && finding.what !== aboutIt) most = { strength: spoken, finding };
    for (const [family, degree] of finding.explains) {
      const isOpen = operational === undefined || (open.includes(family) && finding.what !== speaksOfIt);
      const strength = degree * (symptoms.families.get(family) ?? 0) * worth * (isOpen ? 1 : doubt);
      if (strength > most.strength) most = { strength, finding, family };
    }
  }
  return most;
}

function findingsIn(code: Code, { traces, symptoms }: Scene): Finding[] {
  const silent = (lines: readonly string[]): string[] => lines.filter((line) => !isSpeech(line));
  const working: Code = {
    ...code,
    removed: silent(code.removed),
    added: silent(code.added),
    blocks: code.blocks.map(({ removed, added }) => ({ removed: silent(removed), added: silent(added) })),
    lines: code.lines.filter((line) => !isSpeech(line.code)),
  };
  const named = traces.naming([...working.removed, ...working.added]);
  return [
    ...found('holds a name which the symptoms miss', named, leadsTo(lackingKinds)),
    ...[...removals, ...additions, ...replacements].flatMap((mechanism) => mechanism(working)),
    ...talk.flatMap((mechanism) => mechanism(code)),
    ...foundAbout(working, symptoms),
    ...doesOtherwise(working),
  ];
}

const aboutIt = 'touches what the trouble is about';

/** Whatever it does, it does it to what the trouble is about. */
function foundAbout({ removed, added }: Code, symptoms: Symptoms): Finding[] {
  return specificFamilies.flatMap(([family, pattern]) => {
    if (!symptoms.families.has(family)) return [];
    const lines = [...surplus(removed, added, pattern), ...surplus(added, removed, pattern)];
    return foundVaguely(aboutIt, lines, leadsTo([], [], [family]));
  });
}

const specificFamilies = (Object.entries(families) as [Family, RegExp][]).filter(([family]) => general[family] === undefined);

function best(chances: readonly Opportunity[]): Opportunity {
  return chances.reduce((most, one) => (one.time * one.place > most.time * most.place ? one : most), { time: 0, place: 0, evidence: [] });
}

function quote(lines: readonly string[]): string {
  return lines
    .slice(0, 2)
    .map((line) => line.trim())
    .join(' → ')
    .slice(0, 200);
}
