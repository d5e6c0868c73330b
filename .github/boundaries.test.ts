import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import configuration from '../.dependency-cruiser.ts';
import { checkBoundaries, report } from './boundaries.ts';

/** File → what it imports. Each breaks the one rule it stands under. */
const planted: Record<string, Record<string, string>> = {
  'no-cycles': {
    'agent/incident/one.ts': "import type { x } from './two.ts';",
    'agent/incident/two.ts': "import type { x } from './one.ts';",
  },
  'no-dead-imports': { 'agent/incident/dead.ts': "import './gone.ts';" },
  'domain-stands-alone': { 'agent/domain/alert.ts': "import type { x } from '../audit/x.ts';" },
  'pure-imports-only-domain': { 'agent/policy/store.ts': "import type { x } from '../audit/x.ts';" },
  'pure-has-no-node': { 'agent/diagnosis/node.ts': "import { hash } from 'node:crypto';" },
  'pure-takes-time-as-data': { 'agent/policy/time.ts': "import type { x } from '../domain/clock.ts';" },
  'pure-uses-few-packages': { 'agent/diagnosis/package.ts': "import pino from 'pino';" },
  'graph-sees-ports': {
    'agent/graph/nodes/analyst.ts': "import '../../evidence/ecs/index.ts';",
    'agent/graph/list.ts': "import '../action/index.ts';",
    'agent/graph/room.ts': "import '../action/ecs/service.ts';",
    'agent/graph/settings.ts': "import type { x } from '../config/x.ts';",
  },
  'plugins-are-strangers': { 'agent/evidence/github/index.ts': "import type { x } from '../ecs/index.ts';" },
  'plugins-know-no-config': { 'agent/evidence/files/index.ts': "import type { x } from '../../config/x.ts';" },
  'plugins-have-one-door': { 'agent/app.ts': "import './evidence/ecs/schema.ts';" },
  'vendor-sdks-at-the-edges': { 'agent/incident/sdk.ts': "import type { ECSClient } from '@aws-sdk/client-ecs';" },
  'ports-name-no-vendor': { 'agent/action/action.ts': "import type { ECSClient } from '@aws-sdk/client-ecs';" },
  'agent-knows-only-itself': { 'agent/api/sandbox.ts': "import type { x } from '../../chaos/x.ts';" },
  'chaos-knows-the-api': { 'chaos/demo/play.ts': "import type { x } from '../../agent/audit/x.ts';" },
  'evaluation-asks-the-diagnosis': { 'evaluation/score.ts': "import type { x } from '../agent/audit/x.ts';" },
  'evaluation-of-models-asks-the-chain': { 'evaluation/models/whole.ts': "import type { x } from '../../agent/graph/graph.ts';" },
  'only-the-evaluation-knows-its-data': { 'chaos/demo/data.ts': "import type { x } from '../../evaluation/suite.ts';" },
  'infra-knows-the-settings': { 'infra/main.ts': "import type { x } from '../agent/audit/x.ts';" },
  'ways-in-know-the-api': { 'agent/cli/main.ts': "import type { x } from '../audit/x.ts';" },
  'only-generated-pages-read-the-code': { 'docs/pages.ts': "import '../agent/audit/x.ts';" },
  'only-tests-import-tests': {
    'agent/incident/fake.ts': "import '../testing/x.ts';",
    'agent/incident/suite.ts': "import '../evidence/source.contract.ts';",
    'chaos/sandbox/lab.ts': "import './testing/x.ts';",
  },
  'no-dev-dependency-in-the-agent': { 'agent/incident/dev.ts': "import ora from 'ora';" },
};

/** What the rules allow and a careless rule would not. */
const allowed: Record<string, string> = {
  'agent/audit/x.ts': '',
  'agent/config/x.ts': '',
  'agent/domain/clock.ts': "import { z } from 'zod';",
  'chaos/sandbox/testing/x.ts': '',
  'docs/generated.ts': "import '../agent/audit/x.ts'; import '../agent/config/x.ts';",
  'agent/testing/x.ts': "import type { x } from '../audit/x.ts';",
  'agent/evidence/source.contract.ts': "import '../testing/x.ts';",
  'agent/evidence/ecs/index.ts': "import './schema.ts'; import '../source.ts'; import { ECSClient } from '@aws-sdk/client-ecs';",
  'agent/evidence/ecs/schema.ts': "import { z } from 'zod';",
  'agent/evidence/ecs/index.test.ts': "import '../source.contract.ts'; import './index.ts'; import '../../config/x.ts';",
  'agent/evidence/source.ts': "import type { x } from '../domain/clock.ts';",
  'agent/evidence/index.ts': "import './ecs/index.ts';",
  'agent/action/index.ts': '',
  'agent/action/ecs/service.ts': "import '../aws/call.ts'; import { ECSClient } from '@aws-sdk/client-ecs';",
  'agent/action/aws/call.ts': '',
  'agent/action/stop-task/index.ts': "import '../ecs/service.ts';",
  'agent/graph/graph.ts': "import '../evidence/source.ts'; import type { x } from '../policy/judge.ts';",
  'agent/policy/judge.ts': "import './gates/one.ts'; import type { z } from 'zod';",
  'agent/policy/gates/one.ts': "import type { x } from '../../domain/other.ts';",
  'agent/policy/judge.test.ts': "import '../testing/x.ts'; import { it } from 'vitest';",
  'agent/domain/other.ts': '',
  'agent/api/contract.ts': '',
  'agent/main.ts': "import './app-root.ts';",
  'agent/app-root.ts': "import './evidence/index.ts'; import './config/x.ts';",
  'chaos/x.ts': "import type { x } from '../agent/api/contract.ts'; import ora from 'ora';",
  'agent/mcp/main.ts': "import '../api/contract.ts';",
  'agent/diagnosis/case/case.ts': '',
  'agent/cli/diagnose.ts': "import '../diagnosis/case/case.ts';",
  'docs/block.ts': '',
  'evaluation/suite.ts': "import '../agent/diagnosis/case/case.ts'; import '../docs/block.ts';",
  'agent/llm/chain/x.ts': '',
  'evaluation/models/ask.ts': "import '../../agent/llm/chain/x.ts'; import type { x } from '../../agent/domain/clock.ts';",
  'infra/settings.ts': "import '../agent/config/x.ts';",
};

describe('the boundaries', () => {
  let baseDir: string;
  const write = async (files: Record<string, string>) => {
    for (const [path, imports] of Object.entries(files)) {
      await mkdir(dirname(join(baseDir, path)), { recursive: true });
      await writeFile(join(baseDir, path), `${imports}\nexport const x = 1;\n`);
    }
  };
  beforeEach(async () => {
    baseDir = await mkdtemp(join(tmpdir(), 'kintsugi-boundaries-'));
    for (const shared of ['node_modules', 'package.json']) await symlink(join(process.cwd(), shared), join(baseDir, shared));
  });
  afterEach(() => rm(baseDir, { recursive: true, force: true }));

  it('let pass what the tree is built of', async () => {
    await write(allowed);
    const found = await checkBoundaries(baseDir);
    expect(found).toEqual({ modules: Object.keys(allowed).length, violations: [] });
    expect(report(found).ok).toBe(true);
  });

  it('catch a planted breach of every rule', async () => {
    await write(allowed);
    for (const files of Object.values(planted)) await write(files);
    const { violations } = await checkBoundaries(baseDir);
    for (const [rule, files] of Object.entries(planted)) {
      const broken = violations
        .filter((violation) => violation.rule.name === rule)
        .flatMap(({ from, cycle = [] }) => [from, ...cycle.map((step) => step.name)]);
      for (const path of Object.keys(files)) expect([rule, ...broken]).toContain(path);
    }
    expect(Object.keys(planted)).toEqual(configuration.forbidden?.map((rule) => rule.name));
    expect(report({ modules: 99, violations }).text).toContain('graph-sees-ports: agent/graph/list.ts → agent/action/index.ts');
  });

  it('fail when the parser sees next to nothing', async () => {
    await write({ 'agent/only.ts': '' });
    const answer = report(await checkBoundaries(baseDir));
    expect(answer).toMatchObject({ ok: false, text: expect.stringContaining('only 1 modules were seen') });
  });
});
