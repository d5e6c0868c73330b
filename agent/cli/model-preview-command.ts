/** `kintsugi models preview`: the texts that would leave for a model, as they would leave. */
import type { Command } from 'commander';
import type { ModelPreview } from '../api/contract.ts';
import { type Access, apiOf, urlOption, write } from './access.ts';
import { plain } from './plain.ts';

interface Asked extends Access {
  json?: true;
  role?: string;
}

export function addModelPreview(models: Command): void {
  models
    .command('preview')
    .description('show exactly what would be sent to models about an incident, masked and fenced; nothing is sent')
    .argument('<INCIDENT>', 'its id')
    .option('--role <role>', 'only what this role would be asked')
    .option('--json', 'print it as JSON')
    .option(...urlOption)
    .action(async (id: string, _options, command: Command) => {
      const { json, role, url } = command.optsWithGlobals<Asked>();
      const [{ ModelPreview }, api] = await Promise.all([import('../api/contract.ts'), apiOf(url)]);
      const query = role === undefined ? '' : `?role=${encodeURIComponent(role)}`;
      const preview = await api.get(`/models/preview/${encodeURIComponent(id)}${query}`, ModelPreview);
      write(json ? JSON.stringify(preview) : previewLines(preview));
    });
}

export function previewLines({ questions }: ModelPreview): string {
  if (questions.length === 0) return 'no question of this kind can be made of what is stored about this incident';
  return questions
    .map(({ role, purpose, models, system, human, tools, secretsTakenOut }) => {
      const taken = Object.entries(secretsTakenOut).map(([kind, count]) => `${count} ${plain(kind)}`);
      return [
        `${role}, ${plain(purpose)}: ${models.map(plain).join(', ') || 'nobody is asked'}; ${Buffer.byteLength(system + human)} bytes`,
        `secrets taken out: ${taken.join(', ') || 'none'}`,
        '--- system',
        ...textLines(system),
        '--- human',
        ...textLines(human),
        ...(tools.length === 0 ? [] : ['--- tools', ...tools.map((tool) => plain(tool))]),
      ].join('\n');
    })
    .join('\n\n');
}

/** Lines stay lines; within them nothing a terminal would obey. */
function textLines(text: string): string[] {
  return text.split('\n').map((line) => `${/^ */.exec(line)?.[0] ?? ''}${plain(line)}`);
}
