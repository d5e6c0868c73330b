/** Makes cases.jsonl and answers.json: `npx --no-install node evaluation/own-data/generate.ts`. The same seed makes the same files. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createRandom } from '../../chaos/crash/random.ts';
import { measuredScenes } from './scenes.ts';
import { toldScenes } from './told.ts';

const seed = 20_261_121;

export function ownData(): { cases: string; answers: string } {
  const random = createRandom(seed);
  const scenes = [...measuredScenes(random), ...toldScenes(random)];
  return {
    cases: scenes.map(({ question }) => `${JSON.stringify(question)}\n`).join(''),
    answers: `${JSON.stringify(
      scenes.map(({ expected }) => expected),
      null,
      2,
    )}\n`,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { cases, answers } = ownData();
  writeFileSync(fileURLToPath(new URL('cases.jsonl', import.meta.url)), cases);
  writeFileSync(fileURLToPath(new URL('answers.json', import.meta.url)), answers);
}
