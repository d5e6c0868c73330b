import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HumanMessage } from '@langchain/core/messages';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { describeProvider } from '../provider.contract.ts';
import { scripted } from './index.ts';

function fileWith(script: object): { file: string } {
  const file = join(mkdtempSync(join(tmpdir(), 'kintsugi-')), 'script.yaml');
  writeFileSync(file, stringify(script));
  return { file };
}

describeProvider(scripted, async (turns) => {
  const entries = turns.map((turn, index) => {
    if (turn.kind === 'calls') return { turn: index + 1, calls: turn.calls };
    return { turn: index + 1, say: turn.kind === 'answer' ? turn.value : turn.kind === 'text' ? turn.text : '' };
  });
  return fileWith({ 'maker/some-model:1': entries });
});

describe('scripted', () => {
  const script = {
    analyst: [
      { when: ['evidence (?<id>[0-9a-f]+): logs', 'checkout'], say: { cites: ['$<id>', '$<nothing>'], text: 'see $<id>' } },
      { when: ['evidence'], say: 'there is evidence' },
    ],
  };
  const say = async (text: string) => (await scripted.create(fileWith(script), 'analyst')).invoke([new HumanMessage(text)]);

  it('cannot be used without a file, and says which setting names it', () => {
    expect(scripted.missing(scripted.config.parse({}))).toBe('KINTSUGI_LLM_PROVIDER_SCRIPTED_FILE is not set');
  });

  it('says the first line that fits, and quotes what it found', async () => {
    expect((await say('evidence 4f: logs of checkout')).text).toBe('{"cites":["4f","$<nothing>"],"text":"see 4f"}');
    expect((await say('evidence 4f: metrics of checkout')).text).toBe('there is evidence');
  });

  it('fails where no line fits', async () => {
    await expect(say('nothing of that kind')).rejects.toThrow('no line for answer 1');
  });

  it.each([
    ['a model that is not in it', { someone: [] }, /has no model "analyst"; it has someone/],
    ['a line with a misspelt key', { analyst: [{ sya: 'x' }] }, /sya/],
    ['a line that looks for what is no pattern', { analyst: [{ when: ['('] }] }, /no regular expression/],
  ])('refuses a file with %s', async (_name, content, fault) => {
    await expect(scripted.create(fileWith(content), 'analyst')).rejects.toThrow(fault);
  });
});
