import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { replayFile } from '../replay-app.ts';

const folder = new URL('./fixtures/', import.meta.url).pathname;
const bundles = readdirSync(folder).filter((file) => file.startsWith('bundle-'));
/** What this version decides otherwise on purpose, by bundle: `node: what`, and why that is better. */
const otherwise = JSON.parse(readFileSync(`${folder}otherwise.json`, 'utf8')) as Record<string, { decisions: string[]; because: string }>;

describe('what was recorded of real runs', () => {
  it('is there for the paths a run can take, and what is decided otherwise is about them', () => {
    expect(bundles.length).toBeGreaterThan(3);
    expect(Object.keys(otherwise).filter((file) => !bundles.includes(file))).toEqual([]);
  });

  it.each(bundles)('is decided the same, but for what is decided otherwise on purpose: %s', async (file) => {
    const { replay, lines } = await replayFile(`${folder}${file}`);
    const decided = replay.steps.flatMap(({ node, differences }) =>
      differences.filter(({ isWording }) => !isWording).map(({ about }) => `${node}: ${about}`),
    );
    expect(decided, lines.join('\n')).toEqual(otherwise[file]?.decisions ?? []);
    if (otherwise[file]) return;
    expect(replay, lines.join('\n')).toMatchObject({ isSame: true, stopped: null, assumed: [] });
    expect(replay.steps.length).toBe(replay.recordedSteps);
  });
});
