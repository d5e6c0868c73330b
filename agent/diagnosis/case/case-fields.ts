/**
 * Fields of a case that zod's own arrays would not do for: a line may hold a million wrong numbers, and zod keeps a fault for each of them.
 * These stop at the first fault of a list. What may be missing may be null as well: many a writer says it so.
 */
import { z } from 'zod';

export const emptyText = z
  .string()
  .nullish()
  .transform((text) => text ?? '');

/** What some writers give as a number, such as a severity or a status code. */
export const textOrNumber = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => (value === null || value === undefined ? '' : String(value)));

export const numbers = z.unknown().transform((input, context) => checked<number>(input, context, isNumber, 'expected a number'));

export const numbersOrNull = z
  .unknown()
  .transform((input, context) =>
    checked<number | null>(input, context, (value) => value === null || isNumber(value), 'expected a number or null'),
  );

/** Missing or null: an empty list. */
export function listOf<T extends z.ZodType>(element: T) {
  return z
    .unknown()
    .optional()
    .transform((input, context): z.output<T>[] => {
      if (input === undefined || input === null) return [];
      if (!Array.isArray(input)) return refuse(context, input, [], 'expected a list');
      const list: z.output<T>[] = [];
      for (const [at, one] of input.entries()) {
        const { data, error } = element.safeParse(one);
        if (error) {
          const [first] = error.issues;
          return refuse(context, one, [at, ...(first?.path ?? [])], first?.message ?? 'is wrong');
        }
        list.push(data as z.output<T>);
      }
      return list;
    });
}

type Context = Parameters<Parameters<z.ZodUnknown['transform']>[0]>[1];

function checked<T>(input: unknown, context: Context, isRight: (value: unknown) => boolean, expected: string): T[] {
  if (!Array.isArray(input)) return refuse(context, input, [], 'expected a list');
  const wrong = input.findIndex((value) => !isRight(value));
  return wrong < 0 ? (input as T[]) : refuse(context, input[wrong], [wrong], expected);
}

function refuse(context: Context, input: unknown, path: PropertyKey[], message: string): never {
  context.issues.push({ code: 'custom', input, path, message });
  return z.NEVER;
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value);
}
