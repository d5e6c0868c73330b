/** How far a change may be left out by its nature alone: 1 for code like any other, near 0 for what does not run in production or says the same as before. */
import type { Code } from './mechanism.ts';
import { manifest, versionJump } from './versions.ts';

const notRun =
  /(?:^|\/)(?:docs?|documentation|runbooks?|adr|tests?|__tests__|specs?|testdata|fixtures|golden|e2e|examples?|\.github|\.circleci|\.gitlab|\.vscode|\.idea|storybook)\/|\.(?:md|mdx|rst|adoc|svg|png|jpe?g|gif|ico|woff2?)$|(?:_test|_spec|\.test|\.spec|Test|Tests|Spec|_fuzz_test)\.\w+$|(?:^|\/)test_\w+\.py$|(?:^|\/)(?:CODEOWNERS|LICENSE|NOTICE|CHANGELOG|AUTHORS|Jenkinsfile|Makefile|\.gitignore|\.editorconfig|\.gitlab-ci\.yml|\.golangci\.ya?ml|\.eslintrc\S*|\.prettierrc\S*|biome\.json)$/;
const looks = /\.(?:css|scss|sass|less|styl)$/i;
/** Files that hold nothing but what is logged, counted or traced. */
const instruments = /(?:^|\/)(?:metrics?|logging|logger|telemetry|tracing|instrumentation)\.\w+$/i;
/** A call that logs, counts or traces. */
const speaks =
  /\b(?:log|logger|logging|slog|zap|println|printf|console|metrics?|counter|histogram|gauge|span|tracer|trace|audit)\b.*\(|\.(?:inc|observe|info|debug|warn|warning|Printf|Println|Info|Debug|Warn|record)\(/i;
/** From when on something slow is reported, and how much. */
const reports = /\bslow[_-]?(?:op|query|request|call|log)\w*|\blong_query_time|\blog_(?:min|level|format|slow)\w*/i;
/** What such a call is continued with on further lines. */
const continued = /^\s*["'`][^"'`]*["'`],?\s*[\w.()]*,?$|^[\s)};,]*$/;

export function isSpeech(line: string): boolean {
  return speaks.test(line) || reports.test(line);
}

/** A condition that decides only whether something is told. */
const condition = /^\s*(?:if|unless|elif|else|when)\b[^;]*[:{)]?\s*$/;

/** How a message begins whose change only tells, and how one ends that acts only once something has failed. Prefixes such as `feat(x):` are not read. */
const telling =
  /^(?:[^:]{1,40}:)*\s*(?:add (?:a |an )?)?(?:better |clearer |friendlier |more )?(?:log(?! ?(?:in|out)\b)|show|expose|report|count|describe|display|document|measure|instrument|emit|label|metric|gauge|dashboard|message)s?\b|\b(?:metric|gauge|counter|histogram|dashboard|log|panel|banner|warning)s?$/i;
const reacting =
  /\b(?:on|when|if|after|instead of|over|for)\b.*\b(?:[45]\d\d|error|reset|time[ds]?.?out|fail\w*|reject\w*|refus\w*|conflict|missing|unavailable|deadline|quota|expired|lost|exceeded)\b/i;

/** More of a message does not say what it is about. */
const longestHeadline = 500;

export interface Harm {
  /** 0..1 */
  factor: number;
  why: string;
}

export function harmOf(code: Code | undefined, files: readonly string[], message: string): Harm {
  if (files.length > 0 && files.every((file) => notRun.test(file))) {
    return { factor: 0.02, why: 'it touches only tests, documents or the build' };
  }
  if (files.length > 0 && files.every((file) => looks.test(file) || notRun.test(file))) {
    return { factor: 0.05, why: 'it touches only looks' };
  }
  if (files.length > 0 && files.every((file) => instruments.test(file) || notRun.test(file))) {
    return { factor: 0.3, why: 'it touches only what is logged or counted' };
  }
  if (code) {
    const changed = [...code.removed, ...code.added];
    if (changed.length === 0 && (code.lines.length > 0 || code.comments !== ''))
      return { factor: 0.05, why: 'nothing but place, spacing or comment changed' };
    if (changed.some(isSpeech) && changed.every((line) => isSpeech(line) || continued.test(line) || condition.test(line))) {
      return { factor: 0.3, why: 'it changes only what is logged or counted' };
    }
  }
  if (files.length > 0 && files.every((file) => manifest.test(file))) {
    const jump = code ? versionJump(code.removed, code.added) : undefined;
    if (jump === 'patch') return { factor: 0.15, why: 'it moves dependencies by a patch version' };
    if (jump === 'minor') return { factor: 0.5, why: 'it moves dependencies by a minor version' };
  }
  const headline = message.slice(0, longestHeadline);
  if (!code && telling.test(headline)) return { factor: 0.3, why: 'its message speaks only of telling' };
  if (!code && reacting.test(headline)) return { factor: 0.5, why: 'by its message it acts once something has failed' };
  if (/^\s*revert\b/i.test(message)) return { factor: 0.5, why: 'it goes back to what ran before' };
  return { factor: 1, why: '' };
}
