import { describe, expect, it } from 'vitest';
import { newReach } from './reach.ts';

const before = "import { ask } from './ask.ts';\nconst match = /a/.exec(text);\nask('http://prices:8080/v1', 20);\n";
const adding = (line: string) => newReach(before, `${before}${line}\n`);

describe('what an edit makes code reach', () => {
  it.each([
    'fetch("http:" + "//3232235777/");',
    "fetch('//3232235777/');",
    "fetch('http://prices:8080/v2');",
    'run("-s evil.example.com");',
    'run("-o x evil.co.zz");',
    '// " */ run(evil.example.com) /* "',
  ])('is an address: %s', (line) => expect(adding(line)).toBe('an address'));

  it.each([
    'import("evil-package");',
    "const { run } = await import('./ask.ts');",
    "import { fetch } from './ask.ts';",
    "export { x } from './other.ts';",
    "require('evil-package');",
    'from os import system',
    '#include <unistd.h>',
    'use std::process::Command;',
    "match.exec('rm -rf /');",
    "process.mainModule.load('x');",
    "eval('x');",
    "new Function('x')();",
    'child_process;',
    'subprocess.run(x)',
    'String.fromCharCode(104);',
  ])('is other code: %s', (line) => expect(adding(line)).toBe('a word that loads or runs other code'));

  it.each(["ask('\\x2f\\x2fevil');", "ask('\\u002f');", "ask('\\057');"])('is a word written by numbers: %s', (line) =>
    expect(adding(line)).toBe('characters by their numbers'),
  );

  it.each([
    'if (price.amount === undefined) return fallback.price;',
    "throw new Error('The price took too long. Nothing was sold.');",
    'log(`took $' + '{clock.now() - begun} ms`, 20);',
    'const pool = createPool({ max: 20, idleTimeoutMs: 30_000 });',
    'for price in prices.values(): total += price.amount',
    "const line = text.split('\\n').length;",
    'executor.submit(task); evaluation.run();',
    "ask('http://prices:8080/v1', 20);",
    "// Don't ask twice: it's dear.",
  ])('is nothing more: %s', (line) => expect(adding(line)).toBeNull());

  it('is nothing more where a line is moved, taken out or changed beside it', () => {
    const lines = before.trimEnd().split('\n');
    expect(newReach(before, `${lines.toReversed().join('\n')}\n`)).toBeNull();
    expect(newReach(before, lines.slice(1).join('\n'))).toBeNull();
    expect(newReach(before, before.replace('20)', '2000)'))).toBeNull();
  });
});
