import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from '../stage/agent-process.ts';
import { loadExperiments } from './format/load.ts';
import { providers } from './providers/index.ts';

const experiments = await loadExperiments([join(repository, 'chaos', 'experiments')], providers);

describe('the experiments', () => {
  it('are at least thirty, of every kind, with at least five controls', () => {
    const count = (kind: string) => experiments.filter(({ judgement }) => judgement.kind === kind).length;
    expect(experiments.length).toBeGreaterThanOrEqual(30);
    expect(count('curable')).toBeGreaterThan(10);
    expect(count('incurable')).toBeGreaterThan(5);
    expect(count('control')).toBeGreaterThanOrEqual(5);
  });

  it('have a subset that every pull request can afford', () => {
    const short = experiments.filter(({ experiment }) => experiment.tags.includes('short'));
    expect(new Set(short.map(({ judgement }) => judgement.kind)).size).toBe(3);
    expect(short.length).toBeLessThanOrEqual(12);
  });

  it.each(experiments.map((one) => [one.name, one] as const))(
    '%s hints at its fault neither by its name nor by what the agent is set to',
    (name, { experiment, judgement }) => {
      const words = experiment.title.toLowerCase().match(/[a-z]{4,}/g) ?? [];
      expect(words).not.toContain(name);
      expect(Object.keys(judgement.agent).filter((key) => /FAULT|CHAOS|EXPERIMENT/.test(key))).toEqual([]);
    },
  );
});
