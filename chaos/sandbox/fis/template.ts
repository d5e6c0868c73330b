/** Experiment templates: what CreateExperimentTemplate accepts. Pure. */
import { z } from 'zod';
import { actionSpec, completeParameters, validation } from './catalogue.ts';
import { checkTarget, type TargetInput, targetSchema } from './targets.ts';

const stringMap = z.record(z.string(), z.string());

const actionSchema = z.object({
  actionId: z.string(),
  description: z.string().max(512).optional(),
  parameters: stringMap.default({}),
  targets: stringMap.default({}),
  startAfter: z.array(z.string()).default([]),
});

const templateSchema = z.object({
  clientToken: z.string().max(1024).optional(),
  description: z.string().max(512),
  roleArn: z.string().regex(/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/, 'must be the ARN of an IAM role'),
  stopConditions: z
    .array(z.object({ source: z.string(), value: z.string().optional() }))
    .min(1)
    .max(5),
  targets: z.record(z.string().max(64), targetSchema).default({}),
  actions: z.record(z.string().max(64), actionSchema).refine((actions) => {
    const count = Object.keys(actions).length;
    return count >= 1 && count <= 20;
  }, 'must have 1 to 20 actions'),
  tags: stringMap.default({}),
  experimentOptions: z
    .object({
      accountTargeting: z.enum(['single-account', 'multi-account']).default('single-account'),
      emptyTargetResolutionMode: z.enum(['fail', 'skip']).default('fail'),
    })
    .default({ accountTargeting: 'single-account', emptyTargetResolutionMode: 'fail' }),
  logConfiguration: z.unknown().optional(),
  experimentReportConfiguration: z.unknown().optional(),
});

export type TemplateInput = z.infer<typeof templateSchema>;
export type ActionInput = z.infer<typeof actionSchema>;

function checkStopConditions(conditions: TemplateInput['stopConditions']): void {
  for (const { source, value } of conditions) {
    if (source === 'aws:cloudwatch:alarm') {
      throw validation(`Stop condition ${value ?? source}: CloudWatch alarms are not imitated by the sandbox; use the source 'none'.`);
    }
    if (source !== 'none') throw validation(`Stop condition source '${source}' is neither 'none' nor 'aws:cloudwatch:alarm'.`);
    if (value !== undefined) throw validation(`A stop condition with the source 'none' has no value, got '${value}'.`);
  }
}

function checkOrder(actions: Record<string, ActionInput>): void {
  const done = new Set<string>();
  const visit = (name: string, path: string[]): void => {
    if (path.includes(name)) throw validation(`Actions start after each other in a circle: ${[...path, name].join(' → ')}.`);
    if (done.has(name)) return;
    for (const before of actions[name]?.startAfter ?? []) {
      if (!Object.hasOwn(actions, before))
        throw validation(`Action ${name} starts after ${before}, which is not an action of the template.`);
      visit(before, [...path, name]);
    }
    done.add(name);
  };
  for (const name of Object.keys(actions)) visit(name, []);
}

function checkAction(name: string, action: ActionInput, targets: Record<string, TargetInput>): void {
  const spec = actionSpec(action.actionId);
  completeParameters(name, spec, action.parameters);
  for (const [key, target] of Object.entries(action.targets)) {
    const wanted = spec.targets[key];
    if (!wanted) {
      const keys = Object.keys(spec.targets);
      throw validation(`Action ${name}: ${spec.id} has no target key ${key}${keys.length > 0 ? `, use ${keys.join(', ')}` : ''}.`);
    }
    const input = Object.hasOwn(targets, target) ? targets[target] : undefined;
    if (!input) throw validation(`Action ${name} refers to the target ${target}, which is not in the template.`);
    if (input.resourceType !== wanted.resourceType) {
      throw validation(`Action ${name}: ${spec.id} needs a target of type ${wanted.resourceType}, ${target} is ${input.resourceType}.`);
    }
  }
  const missing = Object.keys(spec.targets).find((key) => !Object.hasOwn(action.targets, key));
  if (missing !== undefined) throw validation(`Action ${name}: ${spec.id} needs a target ${missing}.`);
}

/** Throws ValidationException naming the field, the value and what is allowed. */
export function parseTemplate(body: Record<string, unknown>): TemplateInput {
  const parsed = templateSchema.safeParse(body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw validation(`1 validation error detected: '${issue?.path.join('.')}' failed to satisfy constraint: ${issue?.message}`);
  }
  const template = parsed.data;
  if (template.logConfiguration !== undefined) throw validation('logConfiguration is not imitated by the sandbox.');
  if (template.experimentReportConfiguration !== undefined)
    throw validation('experimentReportConfiguration is not imitated by the sandbox.');
  if (template.experimentOptions.accountTargeting !== 'single-account')
    throw validation('accountTargeting multi-account is not imitated by the sandbox.');
  checkStopConditions(template.stopConditions);
  for (const [name, target] of Object.entries(template.targets)) checkTarget(name, target);
  for (const [name, action] of Object.entries(template.actions)) checkAction(name, action, template.targets);
  checkOrder(template.actions);
  return template;
}
