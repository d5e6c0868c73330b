/**
 * What an experiment says, as a file: the Chaos Toolkit's experiment (https://chaostoolkit.org/reference/api/experiment/), with actions and probes of our
 * own modules, and an extension that says where it may strike, when it is broken off, and what a good answer is.
 */
import { z } from 'zod';

const Name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower-case words joined by hyphens');

/** The function of a module under `chaos/suite/providers/` and what it is called with; the module checks the arguments. */
export const Provider = z.strictObject({
  type: z.literal('kintsugi'),
  module: Name,
  func: Name,
  arguments: z.record(z.string(), z.json()).default({}),
});
export type Provider = z.infer<typeof Provider>;

/** Of a probe's number. */
const Tolerance = z.strictObject({ type: z.literal('range'), range: z.tuple([z.number(), z.number()]) });

export const Probe = z.strictObject({ type: z.literal('probe'), name: z.string().min(1), tolerance: Tolerance, provider: Provider });
export type Probe = z.infer<typeof Probe>;

export const Action = z.strictObject({
  type: z.literal('action'),
  name: z.string().min(1),
  provider: Provider,
  /** Seconds of the sandbox's clock, before and after. */
  pauses: z.strictObject({ before: z.number().min(0).optional(), after: z.number().min(0).optional() }).optional(),
  /** Goes on in the background until the experiment ends, as in the Chaos Toolkit. */
  background: z.boolean().default(false),
});
export type Action = z.infer<typeof Action>;

const causes = [
  'bad-deployment',
  'sick-task',
  'all-tasks-degraded',
  'overload',
  'dependency-fault',
  'task-start-failure',
  'out-of-memory',
  'capacity-loss',
  'planned-zero',
  'cpu-runaway',
  'health-check-failure',
  'placement-failure',
  'stuck-deployment',
  'api-throttled',
] as const;

/** What a good answer to one fault is. */
export const Expectation = z.strictObject({
  /** Causes that are right, any of them. Empty where nothing is wrong. */
  causes: z.array(z.strictObject({ cause: z.enum(causes), service: Name })),
  /** Changes that are right, any one of them; empty where every change is wrong. */
  changes: z.array(z.strictObject({ action: Name, service: Name })),
  /** Where nothing here can cure it: changes that are worth a try, when what did not help is put back. */
  mayTry: z.array(z.strictObject({ action: Name, service: Name })).default([]),
});
export type Expectation = z.infer<typeof Expectation>;

export const Judgement = z
  .strictObject({
    name: z.literal('kintsugi'),
    /**
     * `curable`: the agent is to mend it. `incurable`: nothing here can; people are to be called with the cause, and nothing changed, or what was changed put
     * back. `control`: nothing is wrong, or it passes without help; nothing is to be changed.
     */
    kind: z.enum(['curable', 'incurable', 'control']),
    /** One for each fault. */
    expect: z.array(Expectation).min(1),
    /** Where users feel it: the service whose answers are watched. */
    feltAt: Name,
    /** The only services faults may strike. An action that names another is refused before anything starts. */
    blast: z.strictObject({ services: z.array(Name) }),
    /** While one of them is outside its tolerance for so many seconds in a row, the experiment is broken off and rolled back. */
    abort: z.strictObject({ probes: z.array(Probe).min(1), seconds: z.number().positive() }),
    /** Seconds from the fault until it counts as missed. */
    timeLimit: z.number().min(10).max(300),
    /** Where it can be played. */
    stages: z.array(z.enum(['sandbox', 'compose', 'aws'])).min(1),
    /** Settings of the agent for this experiment, beside those of the stage. Never a switch of the fault. */
    agent: z.record(z.string().regex(/^KINTSUGI_[A-Z0-9_]+$/), z.string()).default({}),
  })
  .superRefine((judgement, context) => {
    const refuse = (message: string, path: PropertyKey[]) => context.addIssue({ code: 'custom', message, path });
    for (const [index, { causes: right, changes, mayTry }] of judgement.expect.entries()) {
      if (judgement.kind === 'curable' && changes.length === 0) refuse('a curable fault needs a change that is right', ['expect', index]);
      if (judgement.kind !== 'curable' && changes.length > 0) refuse('only a curable fault has a change that is right', ['expect', index]);
      if (judgement.kind !== 'incurable' && mayTry.length > 0)
        refuse('only where nothing cures it may something be tried', ['expect', index]);
      if (judgement.kind === 'incurable' && right.length === 0) refuse('name the cause that people are to be told', ['expect', index]);
    }
  });
export type Judgement = z.infer<typeof Judgement>;

export const Experiment = z.strictObject({
  version: z.literal('1.0.0'),
  title: z.string().min(10).max(100),
  /** The hypothesis in a sentence or two, and what makes it hard. */
  description: z.string().min(20),
  tags: z.array(Name).default([]),
  'steady-state-hypothesis': z.strictObject({ title: z.string().min(1), probes: z.array(Probe).min(1) }),
  method: z.array(Action).min(1),
  rollbacks: z.array(Action).default([]),
  extensions: z.tuple([Judgement]),
});
export type Experiment = z.infer<typeof Experiment>;
