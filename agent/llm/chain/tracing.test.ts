import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { LlmPlugin } from '../provider.ts';
import { problemOf } from './models.ts';
import { tellingVariables } from './tracing.ts';

const plugin: LlmPlugin = {
  id: 'some',
  config: z.object({}),
  missing: () => undefined,
  create: () => Promise.reject(new Error('not now')),
};
const problem = () => problemOf([plugin], { some: {} }, 'some:model');

describe('an environment that has LangChain pass on what models are asked', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each(tellingVariables)('keeps every model from being asked: %s', (name) => {
    vi.stubEnv(name, 'true');
    expect(problem()).toContain(`${name} would have LangChain pass on all that models are asked`);
  });

  it('does not where it says no', () => {
    for (const value of ['false', '0', '', undefined]) {
      for (const name of tellingVariables) vi.stubEnv(name, value);
      expect(problem()).toBeUndefined();
    }
  });
});
