/** From settings to Terraform's JSON, in memory: what is checked is what is written. */
import { App, Testing } from 'cdktf';
import type { Settings } from './settings/schema.ts';
import { createStacks } from './stacks/index.ts';

export type Body = Record<string, unknown>;

export interface Resource {
  type: string;
  /** Its name in Terraform's JSON. */
  name: string;
  body: Body;
}

export interface SynthesisedStack {
  name: string;
  json: Body;
}

export interface Environment {
  settings: Settings;
  /** In the order in which they are applied. */
  stacks: readonly SynthesisedStack[];
}

export function synthesise(settings: Settings): Environment {
  const app = new App({ skipValidation: false });
  const stacks = createStacks(app, settings).map((stack) => ({
    name: stack.stackName,
    json: JSON.parse(Testing.synth(stack, true)) as Body,
  }));
  return { settings, stacks };
}

export function resourcesOf({ json }: SynthesisedStack, type?: string): Resource[] {
  return within(json.resource, type);
}

/** Those of all stacks. */
export function allResources({ stacks }: Environment, type: string): (Resource & { stack: string })[] {
  return stacks.flatMap((stack) => resourcesOf(stack, type).map((resource) => ({ ...resource, stack: stack.name })));
}

export function dataOf({ json }: SynthesisedStack, type: string): Resource[] {
  return within(json.data, type);
}

function within(kinds: unknown, type?: string): Resource[] {
  return Object.entries((kinds ?? {}) as Record<string, Record<string, Body>>).flatMap(([kind, named]) =>
    type === undefined || kind === type ? Object.entries(named).map(([name, body]) => ({ type: kind, name, body })) : [],
  );
}
