/**
 * JSON schema in the part of it that the Gemini API takes; it refuses a request with anything else. What is left out is looser, never stricter:
 * whoever asks holds the answer to the whole schema anyway.
 */
type Node = Readonly<Record<string, unknown>>;

const kept = ['description', 'required', 'minItems', 'maxItems', 'minimum', 'maximum', 'minLength', 'maxLength'];

export function geminiSchema(schema: unknown): Node {
  if (!isNode(schema)) return {};
  const types = [schema.type].flat().filter((type) => type !== 'null');
  const choices = [schema.anyOf, schema.oneOf].filter(Array.isArray).flat();
  const values = 'const' in schema ? [schema.const] : schema.enum;
  const isNullable = [schema.type].flat().includes('null') || choices.some((choice) => isNode(choice) && choice.type === 'null');
  return {
    ...Object.fromEntries(Object.entries(schema).filter(([key]) => kept.includes(key))),
    ...(types.length === 1 ? { type: types[0] } : {}),
    ...(isNullable ? { nullable: true } : {}),
    ...(isTexts(values) ? { type: 'string', enum: values } : {}),
    ...(isNode(schema.properties) ? { properties: mapped(schema.properties) } : {}),
    ...(isNode(schema.items) ? { items: geminiSchema(schema.items) } : {}),
    ...(choices.length > 0 ? { anyOf: choices.filter((choice) => !isNode(choice) || choice.type !== 'null').map(geminiSchema) } : {}),
  };
}

function mapped(properties: Node): Node {
  return Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, geminiSchema(child)]));
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Of enumerations the API takes those of texts. */
function isTexts(values: unknown): values is string[] {
  return Array.isArray(values) && values.length > 0 && values.every((value) => typeof value === 'string' && value !== '');
}
