import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withBlock } from './block.ts';
import { experimentSchema, generatedBlocks, policySchema } from './generated.ts';

describe('generated documentation', async () => {
  it.each(await generatedBlocks())('$file holds the current $block (npm run docs writes it)', (generated) => {
    const document = readFileSync(generated.file, 'utf8');
    expect(withBlock(document, generated)).toBe(document);
    expect(generated.text.length).toBeGreaterThan(100);
  });

  it.each([policySchema, experimentSchema])('$file is the schema of its files', ({ file, text }) => {
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(text()));
  });

  it('refuses a document without the markers', () => {
    expect(() => withBlock('# Empty', { file: 'docs/x.md', block: 'graph', text: '' })).toThrow('generated:graph');
  });
});
