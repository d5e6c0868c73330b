/** Finds data sets by what lies in a folder, never by what it is called: the same kinds come under other names. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export type DatasetKind = 'petshop' | 'root-cause-bench' | 'loghub' | 'nab';

export interface FoundDataset {
  kind: DatasetKind;
  /** The folder whose children are its scenarios, or which holds its files. */
  folder: string;
}

interface Folder {
  path: string;
  files: string[];
  folders: string[];
}

/** Deep enough for data/<set>/<scenario>/<part>/<incident>. */
const deepest = 6;

/** Every data set under `root`, in the order of their paths; an unreadable or missing root holds none. */
export function findDatasets(root: string): FoundDataset[] {
  const found: FoundDataset[] = [];
  visit(root, 0, found);
  return found;
}

function visit(path: string, depth: number, found: FoundDataset[]): void {
  const folder = list(path);
  if (!folder || depth > deepest) return;
  const kind = kindOf(folder);
  if (kind) found.push({ kind, folder: path });
  // Beside the scenarios of one set may lie another set.
  for (const child of folder.folders) if (!kind || !isScenario(child)) visit(child, depth + 1, found);
}

function kindOf(folder: Folder): DatasetKind | null {
  if (folder.files.some(isLabelledLog)) return 'loghub';
  if (folder.files.includes('windows.json') && folder.files.some((name) => name.endsWith('.csv'))) return 'nab';
  const children = folder.folders.flatMap((path) => list(path) ?? []);
  if (folder.files.includes('graph.csv') || children.some(({ files }) => files.includes('graph.csv'))) return 'petshop';
  const hasAnswer = ({ files }: Folder) => files.includes('ground_truth.json') && files.includes('alert.json');
  if (hasAnswer(folder) || children.some(hasAnswer)) return 'root-cause-bench';
  return null;
}

function isScenario(path: string): boolean {
  const files = list(path)?.files ?? [];
  return files.includes('graph.csv') || files.includes('ground_truth.json');
}

/** `<System>_2k.log_structured.csv` and `…_structured_corrected.csv`. */
export function isLabelledLog(name: string): boolean {
  return /[._]log_structured\w*\.csv$/.test(name);
}

export function list(path: string): Folder | null {
  try {
    const entries = readdirSync(path, { withFileTypes: true }).sort((one, other) => (one.name < other.name ? -1 : 1));
    return {
      path,
      files: entries.filter((entry) => entry.isFile()).map(({ name }) => name),
      folders: entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(path, name)),
    };
  } catch {
    return null;
  }
}

/** Folders at or below `path` that hold a file of that name. */
export function foldersWith(path: string, file: string, depth = 0): string[] {
  const folder = list(path);
  if (!folder || depth > deepest) return [];
  const here = folder.files.includes(file) ? [path] : [];
  return [...here, ...folder.folders.flatMap((child) => foldersWith(child, file, depth + 1))];
}
