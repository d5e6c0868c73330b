/**
 * What an edit makes code reach that it did not before: an address, other code, a program. By its words alone, so it is neither complete nor always
 * right: what it misses is for the person who reads the edit, and what it refuses in vain is a person's to write.
 */

/** URLs and their beginnings, addresses, and what stands in quotes or behind slashes as a host does. */
const addresses =
  /[a-z][a-z0-9+.-]*:\/\/[^\s'"`<>)\]}]*|\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<=['"`@]|\/\/)(?:[a-z0-9_-]+\.)+[a-z]{2,}\b|\bwww\.[a-z0-9.-]+|["'`]\s*\/\/[^\s"'`]*|\b(?:https?|wss?|ftps?|sftp|ssh|file|data|ldaps?|jndi|gopher|javascript):/gi;

/** Read as a host wherever they stand; other dotted words are mostly members of something. */
const domains =
  /\b(?:[a-z0-9_-]+\.)+(?:com|net|org|io|dev|app|cloud|info|xyz|sh|ru|cn|site|online|internal|local|example|invalid|onion)\b/gi;

const quoted = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\\n])*`/g;
const dotted = /\b(?:[a-z0-9_-]+\.)+[a-z]{2,}\b/gi;
const filledIn = /\$\{[^}]*\}/g;

/** Whole lines: another name taken from the same place is another reach, too. */
const dependencies =
  /^[ \t]*(?:import|from|use|using|extern|#[ \t]*include|include|include_once|require|require_once|require_relative|load)\b.*$|\bfrom\s*["'`].*$/gm;

/** Words that load code, run programs or put words together out of numbers. */
const loaders =
  /\b(?:import|__import__|importlib|require|require_once|require_relative|include|include_once|exec(?:file|sync|filesync|[lv]p?e?)?|execa|eval|new\s+Function|child_process|mainModule|subprocess|shell_exec|passthru|proc_open|ProcessBuilder|getRuntime|dlopen|curl|wget|fromCharCode|fromCodePoint|atob|unescape)\b|\b(?:spawn|popen|decodeURI|base64)\w*|\b(?:Function|system)\s*\(/gi;

const escapes = /\\(?:x|u|U|[0-7]{2})/g;

/** What the text after holds more of than the text before, in words for the middle of a sentence; null when nothing. */
export function newReach(before: string, after: string): string | null {
  if (hasMore(before, after, dependencies) || hasMore(before, after, loaders)) return 'a word that loads or runs other code';
  if (hasMore(before, after, escapes)) return 'characters by their numbers';
  const known = new Set(hostsIn(before));
  // Once more what is reached already is nothing more.
  return hostsIn(after).some((host) => !known.has(host)) ? 'an address' : null;
}

function hostsIn(text: string): string[] {
  const inQuotes = wordsIn(text, quoted).flatMap((literal) => wordsIn(literal.replace(filledIn, ' '), dotted));
  return [...wordsIn(text, addresses), ...wordsIn(text, domains), ...inQuotes];
}

function wordsIn(text: string, pattern: RegExp): string[] {
  return text.match(pattern) ?? [];
}

/** Each time counts: one call that runs a program does not allow for another. */
function hasMore(before: string, after: string, pattern: RegExp): boolean {
  const left = wordsIn(before, pattern);
  return wordsIn(after, pattern).some((word) => {
    const at = left.indexOf(word);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
