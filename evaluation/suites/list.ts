/** Every suite, in the order of the report. */
import { loghub } from './loghub.ts';
import { nab } from './nab.ts';
import { own } from './own.ts';
import { petshop } from './petshop.ts';
import { rootCauseBench } from './root-cause-bench.ts';
import { speed } from './speed.ts';
import type { Suite } from './suite.ts';

export const suites: readonly Suite[] = [petshop, rootCauseBench, loghub, nab, own, speed];
