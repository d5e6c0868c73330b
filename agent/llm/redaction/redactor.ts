/**
 * What may leave the process. Secrets are taken out for good; hosts, addresses, accounts and people get a mask that stands for the same name
 * in all texts of one conversation, and are put back into what people read. Masks are ours alone: what looks like one in a text is changed.
 */
import { asRead } from '../../domain/look-alikes.ts';
import { findSecrets } from '../../domain/secret-text.ts';
import type { Masked, Masking, Redactor } from '../redactor.ts';
import { type NameKind, namedAccounts, nameKinds, names } from './name-shapes.ts';

const secretMask = '[secret]';
/** The part of a host's name behind the first, where that is a name that must be cited. */
const maskKinds = [...nameKinds, 'domain'] as const;
type MaskKind = (typeof maskKinds)[number];

/** Whatever a model might take for a mask, with any dash, digits and spaces. */
const foreignMask = new RegExp(
  `\\[\\s{0,3}(?:(?:${maskKinds.join('|')})\\s{0,3}[\\p{Pd}\\u2212]\\s{0,3}\\p{Nd}+|secret)\\s{0,3}\\]`,
  'giu',
);
const ownMask = new RegExp(`\\[(?:${maskKinds.join('|')})-\\d+\\]`, 'g');

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours and cursor moves of terminals
const terminalSequence = /\u001b\[[0-9;]{0,20}[A-Za-z]/g;
/** Within a word it would keep the word from being found, and no reader misses it; the two joiners are needed by scripts. */
const unseen = /(?![\t\n\r\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/** A name that is written with anything else is kept as it reads. */
const plainlyWritten = /^[\p{L}\p{M}\p{N} @'.:+=,_-]*$/u;

export function createRedactor(): Redactor {
  return { begin };
}

function begin(keep: readonly string[]): Masking {
  const kept = new Set(keep.map((name) => name.toLowerCase()));
  const masks = new Map<string, string>();
  const originals = new Map<string, string>();
  const counts = new Map<MaskKind, number>();
  const accounts = new Set<string>();

  function maskOf(kind: MaskKind, name: string): string {
    const key = `${kind} ${name.toLowerCase()}`;
    const known = masks.get(key);
    if (known !== undefined) return known;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    const mask = `[${kind}-${count}]`;
    masks.set(key, mask);
    originals.set(mask, name);
    return mask;
  }

  function maskName(kind: NameKind, name: string): string {
    if (kind === 'account' && !accounts.has(name)) return name;
    if (kept.has(name.toLowerCase()) || name.toLowerCase() === 'localhost') return name;
    const [first = '', ...rest] = name.split('.');
    if (kind === 'host' && rest.length > 0 && kept.has(first.toLowerCase())) return `${first}.${maskOf('domain', rest.join('.'))}`;
    return maskOf(kind, name);
  }

  return {
    mask(text): Masked {
      const secrets: Record<string, number> = {};
      const readable = text.replace(terminalSequence, '').replace(unseen, '').normalize('NFKC');
      const ours = replacedAsRead(readable, foreignMask, ([mask]) => `(${mask.slice(1, -1)})`);
      const open = withoutSecrets(ours, (kind) => {
        secrets[kind] = (secrets[kind] ?? 0) + 1;
      });
      for (const [account] of asRead(open).text.matchAll(namedAccounts)) accounts.add(account);
      const masked = replacedAsRead(open, names, ({ 0: name, groups = {} }, written) => {
        const kind = nameKinds.find((one) => groups[one] !== undefined);
        return kind === undefined ? written : maskName(kind, plainlyWritten.test(written) ? written : name);
      });
      return { text: masked, secrets };
    },
    unmask: (text) => text.replace(ownMask, (mask) => originals.get(mask) ?? mask),
  };
}

/** Looks for what a reader sees, also where it is escaped in a line of JSON; what is not found stays as it is written. */
function replacedAsRead(text: string, shape: RegExp, change: (found: RegExpExecArray, written: string) => string): string {
  const { text: read, origin } = asRead(text);
  let kept = '';
  let at = 0;
  for (const found of read.matchAll(shape)) {
    const from = origin(found.index);
    const to = origin(found.index + found[0].length);
    if (from < at || to <= from) continue;
    kept += text.slice(at, from) + change(found, text.slice(from, to));
    at = to;
  }
  return kept + text.slice(at);
}

function withoutSecrets(text: string, count: (kind: string) => void): string {
  let kept = '';
  let at = 0;
  for (const { kind, from, to } of findSecrets(text)) {
    count(kind);
    kept += text.slice(at, from) + secretMask;
    at = to;
  }
  return kept + text.slice(at);
}
