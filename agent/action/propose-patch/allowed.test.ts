import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refuseContent, refusePath } from './allowed.ts';
import { Config } from './schema.ts';

const { extensions, neverPaths } = Config.parse({});
const refuse = (path: string, more: string[] = []) => refusePath(path, { extensions, neverPaths: [...neverPaths, ...more] });

describe('the files a model may edit', () => {
  it.each([
    'services/checkout/quote.ts',
    'src/main/java/shop/Quote.java',
    'app.py',
    'cmd/shop/latest.go',
    'lib/contest.rb',
    'a/b@2/c+d.js',
    'services/checkout/stackless.ts',
    'services/shop/chart.ts',
    'lib/cicada/specific.rb',
  ])('are code: %s', (path) => expect(refuse(path)).toBeNull());

  it.each([
    ['.github/workflows/ci.ts', 'plain'],
    ['services/.hidden/quote.ts', 'plain'],
    ['services/checkout/../../infra/main.ts', 'plain'],
    ['services/check out/quote.ts', 'plain'],
    ['services/сheckout/quote.ts', 'plain'],
    ['services//quote.ts', 'plain'],
    ['services/quote.ts\n', 'plain'],
    ['infra/main.ts', 'folder'],
    ['services/checkout/Deploy/task.ts', 'folder'],
    ['services/checkout/tests/quote.ts', 'folder'],
    ['services/checkout/__tests__/quote.ts', 'folder'],
    ['db/migrations/0001.ts', 'folder'],
    ['services/checkout/iac/stack.ts', 'folder'],
    ['workflows/release.ts', 'folder'],
    ['pipelines/main.py', 'folder'],
    ['stacks/shop.ts', 'folder'],
    ['playbooks/shop.py', 'folder'],
    ['infra-live/main.ts', 'folder'],
    ['terraform-modules/main.ts', 'folder'],
    ['deploy-scripts/main.py', 'folder'],
    ['deployScripts/main.py', 'folder'],
    ['infra2/main.ts', 'folder'],
    ['agent/graph/nodes/decision.ts', 'folder'],
    ['services/checkout/infra.ts', 'source code'],
    ['lib/x-stack.ts', 'source code'],
    ['lib/ShopStack.ts', 'source code'],
    ['lib/AWSStack.java', 'source code'],
    ['bin/cdk.ts', 'source code'],
    ['deploy.py', 'source code'],
    ['vendor/left-pad/index.js', 'folder'],
    ['policy/limits.ts', 'folder'],
    ['kintsugi/agent/policy.ts', 'the agent'],
    ['tools/Kintsugi-hook/index.ts', 'the agent'],
    ['services/checkout/quote.test.ts', 'source code'],
    ['services/checkout/test_quote.py', 'source code'],
    ['services/checkout/quote_test.go', 'source code'],
    ['src/shop/QuoteTest.java', 'source code'],
    ['conftest.py', 'source code'],
    ['vite.config.ts', 'source code'],
    ['gulpfile.js', 'source code'],
    ['setup.py', 'source code'],
    ['build.kt', 'source code'],
    ['types.d.ts', 'source code'],
    ['package.json', 'kind of file'],
    ['package-lock.json', 'kind of file'],
    ['services/checkout/Dockerfile', 'source code'],
    ['docker-compose.yml', 'source code'],
    ['main.tf', 'kind of file'],
    ['README.md', 'kind of file'],
    ['services/checkout/run.sh', 'kind of file'],
  ])('are never: %s', (path, why) => expect(refuse(path)).toContain(why));

  it.each([
    "import { Stack } from 'aws-cdk-lib';",
    'from aws_cdk import Stack',
    'import software.amazon.awscdk.Stack;',
    "import * as aws from '@pulumi/aws';",
    "import { App } from 'cdktf';",
    "import { Config } from 'sst/constructs';",
    '/// <reference path="./.sst/platform/config.d.ts" />',
  ])('are none that describe infrastructure: %s', (text) => expect(refuseContent(`ask(20);\n${text}\n`)).toContain('infrastructure'));

  it('are what else they hold', () =>
    expect(refuseContent("import { first } from './first.ts';\nconst classtime = 'assts';\n")).toBeNull());

  it('are fewer where the settings say so, in whatever case', () => {
    expect(refuse('services/payment/Charge.ts', ['services/Payment/'])).toContain('settings');
    expect(refuse('services/payments/charge.ts', ['services/payment'])).toBeNull();
    expect(refusePath('services/checkout/quote.ts', { extensions: ['.py'], neverPaths: [] })).toContain('kind of file');
  });

  it('are never outside of their folder, whatever a name is made of', () => {
    const names = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom('..', '.', '', 'src', 'a.ts', '.github', 'infra', '\\', 'a\u202e.ts'),
    );
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 5 }), (parts) => {
        const path = parts.join('/');
        if (refuse(path) === null) expect(path).toMatch(/^(?!\.)[\w@+-][\w@+./-]*\.[a-z]+$/i);
        if (refuse(path) === null) expect(path.split('/').every((name) => name !== '' && !name.startsWith('.'))).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });
});
