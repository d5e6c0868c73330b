/** One data set's questions and scores. A suite asks; it never shows the engine an answer. */
import type { DatasetKind } from '../datasets/find.ts';
import type { SuiteResult } from '../figure.ts';

export interface SuiteOptions {
  /** Of every copy that is made by chance. */
  seed: number;
  /** More copies of each question. */
  thorough: boolean;
}

export interface Suite {
  id: string;
  title: string;
  /** null: it needs no data from outside. */
  needs: DatasetKind | null;
  /** `folder` is a data set of that kind; '' when none is needed. */
  run(folder: string, options: SuiteOptions): Promise<SuiteResult>;
}
