/** Text from outside, made safe to store, log and show. It stays data: cleaning never turns a wrong name into a right one. */

/** Longest value kept, in UTF-16 units. */
export const textLimits = { name: 200, label: 1_024, annotation: 4_096 } as const;

/** Names kept of one label set; Prometheus itself rarely goes above 30. */
const maxNames = 100;

const replacement = '\ufffd';

/**
 * Control characters, lone surrogates, line separators, and format characters that reorder or hide text (the two joiners, which scripts
 * and emoji need, excepted). Each becomes U+FFFD: were they deleted, `check\0out` would become the name of a service.
 */
const unsafe = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Nearly every text there is: nothing in it to look for. */
const plain = /^[ -~]*$/;
const unsafeInLines = /(?![\t\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

export interface CleanOptions {
  maxLength: number;
  /** Tabs and line feeds stay: for text that people wrote in lines. */
  lines?: boolean;
}

/** Cuts first, so that a huge value costs no more than a long one. */
export function cleanText(text: string, { maxLength, lines = false }: CleanOptions): string {
  const cut = text.length > maxLength ? text.slice(0, maxLength) : text;
  if (plain.test(cut)) return cut;
  return lines ? cut.replaceAll('\r\n', '\n').replace(unsafeInLines, replacement) : cut.replace(unsafe, replacement);
}

export interface CleanedSet {
  /** Without a prototype: no name in it means anything but itself. */
  values: Record<string, string>;
  /** What was changed or left out, in words. */
  notes: string[];
}

/** Names and values of a label or annotation set. Names that every object carries (`__proto__`, `constructor`, …) are left out. */
export function cleanSet(kind: 'label' | 'annotation', entries: readonly (readonly [string, string])[]): CleanedSet {
  const values = Object.create(null) as Record<string, string>;
  const dropped: string[] = [];
  const changed: string[] = [];
  for (const [rawName, rawValue] of entries.slice(0, maxNames)) {
    const name = cleanText(rawName, { maxLength: textLimits.name });
    if (name in Object.prototype || name === 'prototype') {
      dropped.push(name);
      continue;
    }
    const value = cleanText(rawValue, { maxLength: textLimits[kind], lines: kind === 'annotation' });
    if (name !== rawName || (value !== rawValue && value !== rawValue.replaceAll('\r\n', '\n'))) changed.push(name);
    values[name] = value;
  }
  const notes: string[] = [];
  if (dropped.length > 0) notes.push(`left out ${kind} names that are reserved: ${some(dropped)}`);
  if (changed.length > 0) notes.push(`cleaned or cut ${kind}s: ${some(changed)}`);
  if (entries.length > maxNames) notes.push(`left out ${entries.length - maxNames} of ${entries.length} ${kind}s: more than ${maxNames}`);
  return { values, notes };
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
