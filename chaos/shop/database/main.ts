import { runService } from '../service/run.ts';
import { openDocuments } from './documents.ts';
import { databaseRoutes } from './routes.ts';

await runService({
  name: 'database',
  version: '1.0.3',
  routes: () => databaseRoutes(openDocuments(process.env.DATABASE_FILE ?? ':memory:')),
});
