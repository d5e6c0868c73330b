/** `kintsugi report`: what happened in one incident, for those who were not there. */
import type { Command } from 'commander';
import { type Access, apiOf, urlOption, write } from './access.ts';

export function addReportCommand(cli: Command): void {
  cli
    .command('report')
    .description('print the report of one incident as Markdown: what fired, was found, tried and refused, and what to look at next')
    .argument('<INCIDENT>', 'its id')
    .option(...urlOption)
    .action(async (id: string, { url }: Access) => {
      const [{ IncidentReport }, api] = await Promise.all([import('../api/contract.ts'), apiOf(url)]);
      const { markdown } = await api.get(`/incidents/${encodeURIComponent(id)}/report`, IncidentReport);
      write(markdown.trimEnd());
    });
}
