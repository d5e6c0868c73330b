import { describe, expect, it } from 'vitest';
import { parseDiff } from './diff.ts';
import { harmOf } from './harmless.ts';

function factor(files: string[], diff?: string, message = ''): number {
  return harmOf(diff === undefined ? undefined : { ...parseDiff(diff), files }, files, message).factor;
}

describe('what a change may be left out for by its nature', () => {
  it.each([
    ['documents', ['docs/setup.md', 'README.md'], undefined],
    ['tests', ['pkg/cart/cart_test.go', 'web/src/a.spec.ts', 'tests/test_login.py'], undefined],
    ['the build', ['.github/workflows/check.yml', 'CODEOWNERS'], undefined],
    ['looks', ['web/app.css'], '-a { color: red }\n+a { color: blue }'],
    ['comments', ['a.go'], '-// old words\n+// other words'],
    ['indentation', ['a.go'], '-\tif ok {\n-\treturn x\n+\t\tif ok {\n+\t\t\treturn x'],
    ['places', ['a.go', 'b.go'], '-\treturn compute(a, b)\n@@ b.go @@\n+\treturn compute(a, b)'],
  ])('hardly weighs one that touches only %s', (_, files, diff) => {
    expect(factor(files, diff)).toBeLessThanOrEqual(0.05);
  });

  it('weighs log lines, patch versions and reverts little, and code in full', () => {
    expect(factor(['a.go'], '-\tlog.Printf("took %s", d)\n+\tlogger.Info("took",\n+\t\t"ms", d.Milliseconds(),\n+\t)')).toBe(0.3);
    expect(factor(['go.mod'], '-\tgithub.com/a/b v1.2.3\n+\tgithub.com/a/b v1.2.4')).toBe(0.15);
    expect(factor(['go.mod'], '-\tgithub.com/a/b v1.2.3\n+\tgithub.com/a/b v2.0.0')).toBe(1);
    expect(factor(['a.go'], '-\tx := 1\n+\tx := two()', 'Revert "two"')).toBe(0.5);
    expect(factor(['a.go'], '-\tx := 1\n+\tx := two()')).toBe(1);
  });
});
