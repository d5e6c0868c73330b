/** Words of names, sentences, paths and code, brought to one form so that `registerAgents`, `agent_registry` and "agents" meet. */

/** English and programming words that say nothing about an incident. Data, not behaviour: rarity over the case weighs all others. */
const dull = new Set(
  `a about after all also am an and any are as at be because been before being but by can could did do does for from had has have how if in into is it its
  just may more most much must no not now of off on one only or our out over own per same should since so some such than that the their them then there these
  they this those to too under up us use used using was way we were what when where which while who why will with would you your
  abstract arr args async await base bool break case catch class const continue ctx def default defer elif else enum err error errors exception export extends
  fail failed failing failure final finally float fmt fn foo func function get go got goto id implements import info int interface internal java js json kind kt
  let lib list log logger main map message method module msg namespace new nil none null number obj object os package param pkg print private protected public py
  range raw ref req request requests res resp response result return rs rust self server service services set src static str string struct super svc switch test
  this throw throws true false try ts type undefined val value var void warn while xml yaml yml chore feat fix refactor tidy simplify update add remove move
  http https com www org net ms msec sec secs second seconds millis kb mb gb kib mib gib`.split(/\s+/),
);

/** Light stemming: endings of plural and tense go, then the first six letters stand for the word, so that "registration" meets "register". */
export function stem(word: string): string {
  const bare = word
    .replace(/ies$/, 'y')
    .replace(/(?<=[a-z]{3})(?:ing|ed|es|s)$/, '')
    .replace(/([b-df-hj-np-tv-z])\1$/, '$1');
  return bare.slice(0, 6);
}

/** At most this many characters of one text are read: a stack trace or a generated file must not cost more than it tells. */
const longestText = 4000;

export function words(text: string): string[] {
  const found: string[] = [];
  const spaced = text
    .slice(0, longestText)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2');
  for (const token of spaced.toLowerCase().split(/[^a-z0-9]+/)) {
    if (token.length < 2 || !/[a-z]/.test(token) || /^[0-9a-f]{7,}$/.test(token) || dull.has(token)) continue;
    const stemmed = stem(token);
    if (stemmed.length > 1 && !dull.has(stemmed)) found.push(stemmed);
  }
  return found;
}

/** One spelling for `order_lines`, `orderLines` and `order-lines`. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Every name in a line of code, particular or not, in the same spelling. */
export function namesIn(code: string): string[] {
  return [...code.slice(0, longestText).matchAll(/[A-Za-z][\w:-]*/g)].map(([name]) => plainName(name));
}

/** What a message puts in quotes, or in capitals: somebody's own word for something. */
export function quotedNames(text: string): string[] {
  const quoted = [...text.slice(0, longestText).matchAll(/["'`]([A-Za-z][\w.:-]{3,60})["'`]|\b([A-Z][A-Z0-9]{4,})\b/g)];
  return quoted.flatMap(([, inQuotes = '', inCapitals = '']) => {
    // Of `table.column` the column is what may be missing.
    const last = inQuotes.split('.').at(-1) ?? '';
    return [inQuotes, inCapitals, last].filter((name) => name.length >= 4).map(plainName);
  });
}

/**
 * Names made of several parts (`order_lines`, `GetItem`, `title-writer`, `s3:PutObject`) or put in quotes: too particular to meet by chance.
 * Given in one spelling: lower case, without separators.
 */
export function particularNames(text: string): Set<string> {
  const names = new Set<string>();
  for (const [name] of text
    .slice(0, longestText)
    .matchAll(/[A-Za-z][A-Za-z0-9]*(?:[_:-]+[A-Za-z][A-Za-z0-9]*)+|[A-Za-z]*[a-z0-9][A-Z][A-Za-z0-9]*/g)) {
    const plain = plainName(name);
    if (plain.length >= 6) names.add(plain);
  }
  for (const [name] of text.slice(0, longestText).matchAll(/\b[a-z]\w+(?:\.[a-z]\w+)+/g)) names.add(plainName(name));
  return names;
}
