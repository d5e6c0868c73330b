/** Markup in which whatever is put in is text, unless it is markup itself. Records quote what services and people wrote: none of it may become part of the page. */

export interface Markup {
  readonly markup: string;
}

type Value = string | number | Markup | null | readonly (Markup | null)[];

export function html(parts: TemplateStringsArray, ...values: Value[]): Markup {
  return { markup: parts.reduce((text, part, index) => text + (index > 0 ? rendered(values[index - 1] ?? null) : '') + part, '') };
}

function rendered(value: Value): string {
  if (value === null) return '';
  if (typeof value === 'string' || typeof value === 'number') return escaped(String(value));
  if ('markup' in value) return value.markup;
  return value.map(rendered).join('');
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
