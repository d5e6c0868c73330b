import { expect, it } from 'vitest';
import { openingMessages } from '../../llm/chain/prompt.ts';
import { createRedactor } from '../../llm/redaction/redactor.ts';
import { patchQuestion } from './question.ts';
import { Config, type Params } from './schema.ts';

const params: Params = {
  service: 'checkout',
  commit: 'a'.repeat(40),
  words: { incident: 'incident-1', cause: 'a bad deployment', because: [] },
} as unknown as Params;

it('shows no half of a secret where the diff or the message is too long', () => {
  const secret = 'postgres://shop:Sup3rS3cretPassw0rd@db/shop';
  const textWithSecretAt = (limit: number) => `${'a = 1;\n'.repeat(limit).slice(0, limit - 25)}\n${secret}\nb = 2;\n`.repeat(2);
  const question = patchQuestion(
    {
      params,
      files: [{ path: 'quote.ts', mode: '100644', sha: 'a'.repeat(40), text: 'ask(20);\n' }],
      message: textWithSecretAt(2_000),
      changes: [{ filename: 'quote.ts', patch: textWithSecretAt(12_000 - 'quote.ts\n'.length) }] as never,
    },
    Config.parse({}),
    new AbortController().signal,
  );
  const { human } = openingMessages(question, createRedactor().begin([]), () => 'code');
  expect(human).not.toContain('Sup3r');
  expect(human.match(/\(cut here\)/g)).toHaveLength(2);
  expect(human.length).toBeLessThan(15_000);
});
