import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { geminiSchema } from './schema.ts';

const inGemini = (schema: z.ZodType) => geminiSchema(z.toJSONSchema(schema, { io: 'input' }));

describe('geminiSchema', () => {
  it('keeps what both know', () => {
    const schema = z.object({
      cause: z.enum(['deployment', 'load']).describe('What it is'),
      cites: z.array(z.string().max(40)).min(1).max(5),
      confidence: z.number().min(0).max(1).optional(),
    });
    expect(inGemini(schema)).toEqual({
      type: 'object',
      required: ['cause', 'cites'],
      properties: {
        cause: { type: 'string', enum: ['deployment', 'load'], description: 'What it is' },
        cites: { type: 'array', minItems: 1, maxItems: 5, items: { type: 'string', maxLength: 40 } },
        confidence: { type: 'number', minimum: 0, maximum: 1 },
      },
    });
  });

  it('writes unions, literals and nothing in its words', () => {
    const schema = z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('none') }),
      z.strictObject({ kind: z.literal('found'), index: z.int().positive().nullable() }),
    ]);
    const known = { type: 'string', enum: ['none'] };
    expect(inGemini(schema)).toEqual({
      anyOf: [
        { type: 'object', required: ['kind'], properties: { kind: known } },
        {
          type: 'object',
          required: ['kind', 'index'],
          properties: {
            kind: { ...known, enum: ['found'] },
            index: { nullable: true, anyOf: [{ type: 'integer', maximum: Number.MAX_SAFE_INTEGER }] },
          },
        },
      ],
    });
    expect(geminiSchema({ type: ['string', 'null'] })).toEqual({ type: 'string', nullable: true });
  });

  it('leaves out what the API refuses, which makes it looser', () => {
    expect(inGemini(z.record(z.string(), z.number()))).toEqual({ type: 'object' });
    expect(inGemini(z.object({ count: z.literal([1, 2]), at: z.iso.datetime() }))).toEqual({
      type: 'object',
      required: ['count', 'at'],
      properties: { count: { type: 'number' }, at: { type: 'string' } },
    });
  });
});
