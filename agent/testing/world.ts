/** A tiny world for whole runs: what the sources see follows from the changes made to it, and the catalogue's actions make those changes. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Action, Effect as ActionEffect } from '../action/action.ts';
import type { Cause } from '../domain/cause.ts';
import type { EvidenceStatus, Fact } from '../domain/evidence.ts';
import type { Outcome, Plan } from '../domain/plan.ts';
import type { EvidenceSource } from '../evidence/source.ts';
import { type Case, onset } from './diagnosis-case.ts';

export interface Effect {
  cluster: string;
  service: string;
  /** The action's id, or whoever else changed the service. */
  by: string;
  step: 'execute' | 'undo' | 'elsewhere';
}

/** What the sources see of one cluster, given what was done to it so far. */
export type Scene = (done: readonly Effect[], cluster: string) => Case;

export interface World {
  readonly effects: readonly Effect[];
  scene: Scene;
  /** How a source answers; `found` unless set. */
  answers: Map<string, EvidenceStatus>;
  /** Questions asked so far. */
  questions: number;
  change(effect: Effect): void;
  sources: EvidenceSource[];
  /** Number of changes a service has seen: the version a plan is pinned to. */
  version(cluster: string, service: string): number;
}

/** With a journal file the effects outlive the process, as the real world does. */
export function createWorld(scene: Scene, journal?: string): World {
  const memory: Effect[] = [];
  const world: World = {
    get effects() {
      if (journal === undefined) return memory;
      return existsSync(journal)
        ? readFileSync(journal, 'utf8')
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line) as Effect)
        : [];
    },
    scene,
    answers: new Map(),
    questions: 0,
    change(effect) {
      if (journal === undefined) memory.push(effect);
      else appendFileSync(journal, `${JSON.stringify(effect)}\n`);
    },
    sources: [],
    version: (cluster, service) => world.effects.filter((one) => one.cluster === cluster && one.service === service).length,
  };
  world.sources = [sourceOf(world, 'prometheus', (fact) => !isEcs(fact)), sourceOf(world, 'ecs', isEcs)];
  return world;
}

function isEcs(fact: Fact): boolean {
  return ['service-state', 'deployment', 'past-deployment', 'task'].includes(fact.kind);
}

function sourceOf(world: World, id: string, isMine: (fact: Fact) => boolean): EvidenceSource {
  return {
    id,
    async ask({ cluster }) {
      world.questions += 1;
      const status = world.answers.get(id) ?? 'found';
      const question = `${id} about ${cluster}`;
      if (status === 'failed' || status === 'nothing') {
        return { status, question, detail: status === 'failed' ? 'server: 503' : '', facts: [] };
      }
      const done = world.effects.filter((effect) => effect.cluster === cluster);
      const facts = [...world.scene(done, cluster).facts.values()].filter(isMine).map(({ evidenceId: _, ...fact }) => fact as Fact);
      return { status, question, detail: status === 'truncated' ? 'only the first page' : '', facts };
    },
  };
}

const Params = z.object({ cluster: z.string(), service: z.string() });

export interface FakeActionOptions {
  id: string;
  cures: readonly Cause[];
  /** Whether the change can be put back. */
  undoable?: boolean;
  purpose?: 'mend' | 'tell';
}

/** Pinned to the version of its target: refuses once that moved, as the real actions do. */
export function fakeAction(world: World, { id, cures, undoable = false, purpose = 'mend' }: FakeActionOptions): Action {
  const versionOf = (plan: Plan) => world.version(plan.target.cluster, plan.target.service);
  const pinned = (plan: Plan) => Number(plan.snapshot.version);

  function change(plan: Plan, step: 'execute' | 'undo', expected: number): Outcome {
    if (versionOf(plan) !== expected) return { applied: 'no', detail: `the service moved: version ${versionOf(plan)}, not ${expected}` };
    world.change({ ...plan.target, by: id, step });
    return { applied: 'yes', detail: `${step} of ${id}` };
  }
  async function permitted(effect: ActionEffect, make: () => Outcome): Promise<Outcome> {
    const permit = await effect.permit();
    if ('refused' in permit) return { applied: 'no', detail: permit.refused };
    return permit.isValid() ? make() : { applied: 'no', detail: 'the permit is over' };
  }
  function seen(plan: Plan, from: number): Outcome {
    return versionOf(plan) > from ? { applied: 'yes', detail: 'the version moved' } : { applied: 'no', detail: 'the version stands' };
  }

  const action: Action = {
    id,
    title: id,
    purpose,
    cures,
    params: Params,
    propose: (_hypothesis, target) => ({ ...target }),
    async plan(params) {
      const { cluster, service } = Params.parse(params);
      return {
        action: id,
        target: { cluster, service },
        params,
        calls: [{ operation: 'ecs:UpdateService', input: { cluster, service } }],
        blastRadius: purpose === 'tell' ? { services: 0, tasks: 0, shareOfCapacity: 0 } : { services: 1, tasks: 1, shareOfCapacity: 0 },
        snapshot: { version: world.version(cluster, service) },
        undo: undoable ? { kind: 'restore', summary: `put ${service} back` } : { kind: 'none', reason: 'nothing to put back' },
        summary: `${id} of ${service}`,
      };
    },
    execute: (plan, effect) => permitted(effect, () => change(plan, 'execute', pinned(plan))),
    look: async (plan) => seen(plan, pinned(plan)),
  };
  if (!undoable) return action;
  return {
    ...action,
    undo: (plan, effect) => permitted(effect, () => change(plan, 'undo', pinned(plan) + 1)),
    lookUndone: async (plan) => seen(plan, pinned(plan) + 1),
  };
}

export function fakeCatalog(world: World): Action[] {
  return [
    fakeAction(world, { id: 'roll-back-deployment', cures: ['bad-deployment', 'task-start-failure'], undoable: true }),
    fakeAction(world, { id: 'stop-task', cures: ['sick-task'] }),
    fakeAction(world, { id: 'force-new-deployment', cures: ['all-tasks-degraded'] }),
  ];
}

/** When the scenes' alerts begin: a rule with `for: 2m` fires that much after the onset. */
export const alertStart = new Date(Date.parse(onset) + 120_000).toISOString();
