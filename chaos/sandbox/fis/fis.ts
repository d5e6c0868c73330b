/**
 * Fault Injection Service of the sandbox: templates and experiments whose ECS actions are done to the real tasks through `World`.
 * It decides when a fault begins and ends; how one is done belongs to `World`. Actions and alarms it does not imitate it refuses.
 */
import { randomBytes } from 'node:crypto';
import { type ApiModule, ServiceException } from '../wire/operation.ts';
import type { World } from '../world.ts';
import { type ActionSpec, actionCatalogue, validation } from './catalogue.ts';
import { Experiment, type Timing } from './experiment.ts';
import { parseTemplate, type TemplateInput } from './template.ts';

export interface FisOptions extends Partial<Omit<Timing, 'pace'>> {
  /** Durations of a template are divided by it: PT5M at pace 30 lasts 10 s. */
  pace: number;
  region?: string;
  accountId?: string;
}

interface Template {
  id: string;
  input: TemplateInput;
  creationTime: Date;
}

interface Call {
  id: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
}

type Route = (call: Call) => unknown;

const ROUTED = /^\/(experimentTemplates|experiments|actions)(?:\/([^/]+)(\/resolvedTargets)?)?$/;

function notFound(what: string, id: string): ServiceException {
  return new ServiceException('ResourceNotFoundException', `${what} with id ${id} not found.`, 404);
}

function timerAfter(ms: number, then: () => void): () => void {
  const timer = setTimeout(then, ms);
  timer.unref();
  return () => clearTimeout(timer);
}

function page<T>(items: T[], query: URLSearchParams): { items: T[]; nextToken?: string } {
  const size = Number(query.get('maxResults') ?? 100);
  const from = Number(query.get('nextToken') ?? 0);
  if (!Number.isInteger(size) || size < 1 || size > 100)
    throw validation(`maxResults must be from 1 to 100, got '${query.get('maxResults')}'.`);
  if (!Number.isInteger(from) || from < 0) throw validation(`nextToken '${query.get('nextToken')}' is not one of ours.`);
  const end = from + size;
  return { items: items.slice(from, end), ...(end < items.length && { nextToken: String(end) }) };
}

function describeAction(spec: ActionSpec, arn: string): Record<string, unknown> {
  const parameters = Object.entries(spec.parameters).map(([name, { description, required = false }]) => [name, { description, required }]);
  return { id: spec.id, arn, description: spec.description, parameters: Object.fromEntries(parameters), targets: spec.targets, tags: {} };
}

/** `close` stops what is still running and undoes its faults. */
export function createFis(world: World, options: FisOptions): ApiModule & { close(): void } {
  const { pace, now = Date.now, after = timerAfter, random = Math.random, region = 'us-east-1', accountId = '123456789012' } = options;
  if (!(pace > 0)) throw new Error(`pace must be greater than 0, got ${pace}`);
  const templates = new Map<string, Template>();
  const experiments = new Map<string, Experiment>();
  /** Client token → id: a retried call is the same call. */
  const tokens = new Map<string, string>();
  const newId = (prefix: string) => `${prefix}${randomBytes(9).toString('base64url').replace(/[-_]/g, 'x')}`;
  const arnOf = (kind: string, id: string) => `arn:aws:fis:${region}:${accountId}:${kind}/${id}`;

  function templateOf(id: string): Template {
    const template = templates.get(id);
    if (!template) throw notFound('Experiment template', id);
    return template;
  }

  function experimentOf(id: string): Experiment {
    const experiment = experiments.get(id);
    if (!experiment) throw notFound('Experiment', id);
    return experiment;
  }

  function describeTemplate({ id, input, creationTime }: Template): Record<string, unknown> {
    const { clientToken: _, ...rest } = input;
    const arn = arnOf('experiment-template', id);
    return { id, arn, ...rest, creationTime, lastUpdateTime: creationTime, targetAccountConfigurationsCount: 0 };
  }

  function describeExperiment(experiment: Experiment): Record<string, unknown> {
    return { experiment: { arn: arnOf('experiment', experiment.id), ...experiment.describe() } };
  }

  function createTemplate({ body }: Call): unknown {
    const input = parseTemplate(body);
    const known = tokens.get(`template ${input.clientToken}`);
    const earlier = known === undefined ? undefined : templates.get(known);
    if (earlier) return { experimentTemplate: describeTemplate(earlier) };
    const template = { id: newId('EXT'), input, creationTime: new Date(now()) };
    templates.set(template.id, template);
    if (input.clientToken !== undefined) tokens.set(`template ${input.clientToken}`, template.id);
    return { experimentTemplate: describeTemplate(template) };
  }

  function startExperiment({ body }: Call): unknown {
    const { experimentTemplateId, clientToken, tags = {} } = body;
    if (typeof experimentTemplateId !== 'string') throw validation("'experimentTemplateId' must be the id of an experiment template.");
    const known = tokens.get(`experiment ${String(clientToken)}`);
    if (known !== undefined) return describeExperiment(experimentOf(known));
    const template = templateOf(experimentTemplateId);
    const ids = { id: newId('EXP'), templateId: template.id, tags: tags as Record<string, string> };
    const experiment = new Experiment(ids, template.input, world, { now, after, pace, random });
    experiments.set(experiment.id, experiment);
    if (typeof clientToken === 'string') tokens.set(`experiment ${clientToken}`, experiment.id);
    experiment.start();
    return describeExperiment(experiment);
  }

  function stopExperiment({ id }: Call): unknown {
    const experiment = experimentOf(id);
    if (experiment.isOver) throw validation(`Experiment ${id} cannot be stopped: it has ended.`);
    experiment.stop();
    return describeExperiment(experiment);
  }

  function deleteTemplate({ id }: Call): unknown {
    const template = templateOf(id);
    templates.delete(id);
    return { experimentTemplate: describeTemplate(template) };
  }

  function listTemplates({ query }: Call): unknown {
    const summaries = [...templates.values()].map(({ id, input: { description, tags }, creationTime }) => ({
      id,
      arn: arnOf('experiment-template', id),
      description,
      creationTime,
      lastUpdateTime: creationTime,
      tags,
    }));
    const { items, nextToken } = page(summaries, query);
    return { experimentTemplates: items, nextToken };
  }

  function listExperiments({ query }: Call): unknown {
    const templateId = query.get('experimentTemplateId');
    const wanted = [...experiments.values()].filter((experiment) => templateId === null || experiment.templateId === templateId);
    const { items, nextToken } = page(wanted.map((experiment) => experiment.summary()).toReversed(), query);
    return { experiments: items, nextToken };
  }

  function listResolvedTargets({ id, query }: Call): unknown {
    const name = query.get('targetName');
    const resolved = experimentOf(id).resolvedTargets();
    const { items, nextToken } = page(name === null ? resolved : resolved.filter(({ targetName }) => targetName === name), query);
    return { resolvedTargets: items, nextToken };
  }

  function getAction({ id }: Call): unknown {
    const spec = actionCatalogue.get(id);
    if (!spec) throw notFound('Action', id);
    return { action: describeAction(spec, arnOf('action', id)) };
  }

  function listActions({ query }: Call): unknown {
    const { items, nextToken } = page([...actionCatalogue.values()], query);
    return {
      actions: items.map(({ id, description, targets }) => ({ id, description, targets, arn: arnOf('action', id), tags: {} })),
      nextToken,
    };
  }

  const routes: Record<string, Route> = {
    'POST experimentTemplates': createTemplate,
    'GET experimentTemplates': listTemplates,
    'GET experimentTemplates/id': ({ id }) => ({ experimentTemplate: describeTemplate(templateOf(id)) }),
    'DELETE experimentTemplates/id': deleteTemplate,
    'POST experiments': startExperiment,
    'GET experiments': listExperiments,
    'GET experiments/id': ({ id }) => describeExperiment(experimentOf(id)),
    'DELETE experiments/id': stopExperiment,
    'GET experiments/id/resolvedTargets': listResolvedTargets,
    'GET actions': listActions,
    'GET actions/id': getAction,
  };

  function routed(method: string, path: string): { route: Route; id: string } | undefined {
    const [, collection, id, rest = ''] = ROUTED.exec(path) ?? [];
    const route = routes[`${method} ${collection}${id === undefined ? '' : `/id${rest}`}`];
    return route && { route, id: id ?? '' };
  }

  return {
    rest: {
      handles: (method, path) => routed(method, path) !== undefined,
      async handle({ method, path, query, input }) {
        const found = routed(method, path);
        if (!found) throw new ServiceException('UnknownOperationException', `FIS of the sandbox has no ${method} ${path}.`, 404);
        return { status: 200, body: found.route({ id: found.id, query, body: input }) };
      },
    },
    mutating: new Set(['POST /experimentTemplates', 'DELETE /experimentTemplates', 'POST /experiments', 'DELETE /experiments']),
    close() {
      for (const experiment of experiments.values()) if (!experiment.isOver) experiment.stop();
    },
  };
}
