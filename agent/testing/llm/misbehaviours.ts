/** How models go wrong: each the whole conduct of one model, at every question and in every turn. None of them brings an opinion. */
import { filledObject } from './filled.ts';
import { stallingFaults } from './model-server.ts';
import type { Asked, Fault, Mind, Turn } from './turn.ts';

const otherFaults: readonly Fault[] = ['reset', 'cut', 'page', 'nothing', 'wrong-shape', 429, 500, 503];

const megabyte = 1_000_000;
const objecting = 2;
const inGerman = 'Der Dienst ist gestört, und es muss sofort ein Mensch nachsehen, bevor irgendetwas geändert wird.';

/** An answer of the right form that would count, had it not this text in it. */
function answering(asked: Asked, text: string): Turn {
  return { kind: 'answer', value: filledObject(asked.form ?? asked.tools.at(-1)?.schema, { text, name: 'E1', choice: objecting }) };
}

/** Where it has no look to order, it orders one that does not exist. */
function looking(asked: Asked, choice: number): Turn {
  const look = asked.tools.length > 1 ? asked.tools[0] : undefined;
  const args = look ? filledObject(look.schema, { text: `x${choice}`, choice }) : { service: `x${choice}` };
  return { kind: 'calls', calls: [{ name: look?.name ?? 'look', args }] };
}

const minds: Readonly<Record<string, Mind>> = {
  'a megabyte of words': () => ({ kind: 'text', text: 'word '.repeat(megabyte / 5) }),
  'a megabyte in the right form': (asked) => answering(asked, 'word '.repeat(megabyte / 5)),
  'invalid JSON': () => ({ kind: 'text', text: '{"opinions": [{"claim": 1, "stance": "objects", ' }),
  'JSON that is nested without end': () => ({ kind: 'text', text: `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}` }),
  'JSON of another form': () => ({ kind: 'answer', value: { verdict: 'allow', action: 'roll-back-deployment', confidence: 1 } }),
  'no words at all': () => ({ kind: 'text', text: ' ' }),
  'a refusal': () => ({ kind: 'refusal' }),
  'a refusal in words': () => ({ kind: 'text', text: "I'm sorry, but I can't help with that." }),
  'a refusal in the right form': (asked) => answering(asked, "I'm sorry, but I can't assist with this request."),
  'another language': () => ({ kind: 'text', text: inGerman }),
  'another language in the right form': (asked) => answering(asked, inGerman),
  'the same look without end': (asked) => looking(asked, 0),
  'two looks in turn without end': (asked) => looking(asked, asked.turnsSoFar % 2),
  'other looks without end': (asked) => looking(asked, asked.turnsSoFar),
};

export const misbehaviours: ReadonlyMap<string, Mind> = new Map([
  ...Object.entries(minds),
  ...[...stallingFaults, ...otherFaults].map((fault) => [String(fault), (): Turn => ({ kind: 'fault', fault })] as const),
]);
