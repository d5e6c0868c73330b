/** Deployments as whoever deploys reports them, and their statuses. In memory. */
import { z } from 'zod';
import { notFound, type Place, parsed, type Route, resolved } from './route.ts';

const DeploymentInput = z.object({
  ref: z.string(),
  environment: z.string().default('production'),
  description: z.string().nullable().default(null),
});
const StatusInput = z.object({
  state: z.enum(['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success']),
  log_url: z.string().default(''),
});
interface Deployment extends z.infer<typeof DeploymentInput> {
  id: number;
  sha: string;
  created_at: string;
  statuses: object[];
}

export function deploymentRoutes({ git, time }: Place): Route[] {
  const newestFirst: Deployment[] = [];

  function numbered(id: string | undefined): Deployment {
    const found = newestFirst.find((one) => String(one.id) === id);
    if (found === undefined) throw notFound();
    return found;
  }

  return [
    {
      method: 'GET',
      path: '/deployments',
      answer({ query }) {
        const wanted = query.get('environment');
        const found = newestFirst.filter(({ environment }) => wanted === null || environment === wanted);
        return { body: found.map(({ statuses: _, ...deployment }) => deployment) };
      },
    },
    {
      method: 'POST',
      path: '/deployments',
      async answer({ body }) {
        const input = parsed(DeploymentInput, body);
        const sha = await resolved(git, input.ref, 422, `No ref found for: ${input.ref}`);
        const deployment = { id: newestFirst.length + 1, sha, ...input, created_at: time(), statuses: [] };
        newestFirst.unshift(deployment);
        return { body: deployment };
      },
    },
    { method: 'GET', path: '/deployments/:id/statuses', answer: ({ part }) => ({ body: numbered(part.id).statuses }) },
    {
      method: 'POST',
      path: '/deployments/:id/statuses',
      answer({ part, body }) {
        const status = { ...parsed(StatusInput, body), created_at: time() };
        numbered(part.id).statuses.unshift(status);
        return { body: status };
      },
    },
  ];
}
