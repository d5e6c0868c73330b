/** Whether what a model wrote is an opinion at all: not a refusal dressed as an answer, and in the language its readers expect. */

const refusal =
  /^\W{0,5}(?:(?:i['’]?m|i am|we are)\s+(?:very\s+|truly\s+)?(?:sorry|unable|not able|afraid)|sorry\b|i\s+(?:can['’]?t|cannot|can not|won['’]?t|will not|must decline|decline)\b|as an ai\b|unfortunately,? i\b)/i;

/** Words that hardly any English sentence does without, and that stand in no other language listed below. */
const english = new Set(
  'the of and to is was with that this are were has have it from by not which been for its at because after'.split(' '),
);
/** Without words that are also names of files, protocols, time zones or domains. */
const foreign = new Set(
  [
    'der und ist nicht ein eine auf wurde sich von dem den zu werden durch',
    'le les et une dans pour avec que qui pas sur été aux',
    'el los las por para del está fue como más',
    'il gli della che è una sono stato nel alla di dei',
    'uma não foi das está são pelo',
    'het een niet van voor zijn werd naar ook deze aan',
    'och är inte som för det att på',
  ]
    .join(' ')
    .split(' '),
);

const fewestWords = 8;
/** Above this share of letters that are not Latin no further look is needed; names and quoted lines stay below. */
const mostOtherLetters = 0.3;

/** All texts of an answer. */
type Texts = readonly string[];

export function isRefusal(texts: Texts): boolean {
  return texts.some((text) => refusal.test(text));
}

/** Rather English than not: a wrong yes costs a reader a strange text, a wrong no costs the whole answer. */
export function isEnglish(texts: Texts): boolean {
  const text = texts.join(' ').slice(0, 20_000);
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const others = text.match(/(?!\p{Script=Latin})\p{L}/gu)?.length ?? 0;
  if (letters > 0 && others / letters > mostOtherLetters) return false;
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  if (words.length < fewestWords) return true;
  const count = (known: ReadonlySet<string>) => words.filter((word) => known.has(word)).length;
  return count(foreign) <= count(english);
}

/** Every string in an answer, however deep. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}
