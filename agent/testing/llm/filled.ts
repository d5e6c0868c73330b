/** A value that fits a JSON schema as far as models get it: for stand-ins that answer in the right form, whatever they are asked. */
import type { z } from 'zod';

type Json = z.core.util.JSONType;

export interface Filling {
  /** Every free text. */
  text: string;
  /** Every text that may hold a name only. */
  name?: string;
  /** Which of several choices, from 0; counted round. */
  choice: number;
}

const longestName = 40;

export function filled(schema: unknown, filling: Filling): Json {
  if (typeof schema !== 'object' || schema === null) return filling.text;
  const {
    type,
    enum: values,
    const: only,
    anyOf,
    oneOf,
    properties,
    items,
    minimum,
    minItems,
    maxLength,
  } = schema as Record<string, unknown>;
  if (only !== undefined) return only as Json;
  const choices = [values, anyOf, oneOf].find(Array.isArray);
  if (choices) {
    const chosen = choices[filling.choice % choices.length];
    return Array.isArray(values) ? (chosen as Json) : filled(chosen, filling);
  }
  switch (Array.isArray(type) ? type[0] : type) {
    case 'object': {
      const children = Object.entries((properties ?? {}) as Record<string, unknown>);
      return Object.fromEntries(children.map(([name, child]) => [name, filled(child, filling)]));
    }
    case 'array':
      return Array.from({ length: Math.max(1, Number(minItems ?? 1)) }, () => filled(items, filling));
    case 'integer':
    case 'number':
      return typeof minimum === 'number' && minimum > -1_000_000 ? minimum : 1;
    case 'boolean':
      return filling.choice % 2 === 0;
    case 'null':
      return null;
    default:
      return typeof maxLength === 'number' && maxLength <= longestName ? (filling.name ?? filling.text) : filling.text;
  }
}

/** The same for the whole of an answer, which is an object. */
export function filledObject(schema: unknown, filling: Filling): Record<string, Json> {
  const value = filled(schema, filling);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}
