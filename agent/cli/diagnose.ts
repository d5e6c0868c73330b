/** `kintsugi diagnose`: a case a line in, an answer a line out. Holds one line at a time, and needs neither settings, server nor network. */
import { createReadStream } from 'node:fs';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { diagnoseCase } from '../diagnosis/case/diagnose-case.ts';
import { AppError, InputError, InvariantError, UpstreamError } from '../domain/errors.ts';
import { readCase } from './read-case.ts';
import { type Line, readLines } from './read-lines.ts';

const megabyte = 2 ** 20;
export const longestLine = 64 * megabyte;

export interface Diagnosed {
  answered: number;
  /** Lines that got an error in place of an answer. */
  refused: number;
}

/** `file`: a path, or `-` for standard input. UpstreamError when it cannot be read; who closes `output` early has seen enough. */
export async function diagnose(file: string, stdin: Readable, output: Writable, mostBytes = longestLine): Promise<Diagnosed> {
  const counted: Diagnosed = { answered: 0, refused: 0 };
  const input = file === '-' ? stdin : createReadStream(file);
  try {
    await pipeline(Readable.from(answers(chunksOf(input, file), counted, mostBytes)), output, { end: false });
  } catch (error) {
    if (!isClosedPipe(error)) throw isFull(error) ? unwritten(error) : error;
  } finally {
    input.destroy();
  }
  return counted;
}

async function* answers(chunks: AsyncIterable<Uint8Array>, counted: Diagnosed, mostBytes: number): AsyncGenerator<string> {
  for await (const line of readLines(chunks, mostBytes)) {
    if (line.text?.trim() === '') continue;
    yield `${answerLine(line, counted, mostBytes)}\n`;
  }
}

function answerLine(line: Line, counted: Diagnosed, mostBytes: number): string {
  try {
    if (line.text === null) {
      const size = `${(line.bytes / megabyte).toFixed(1)} MB, more than ${mostBytes / megabyte} MB`;
      throw new InputError('CASE_TOO_LARGE', `the line has ${size}; give a shorter history or fewer series`);
    }
    const { question, id } = readCase(line.text);
    const answer = JSON.stringify({ ...diagnoseCase(question), id });
    counted.answered += 1;
    return answer;
  } catch (error) {
    counted.refused += 1;
    const { code, message } = error instanceof AppError ? error : bugIn(error);
    return JSON.stringify({ line: line.number, error: { code, message } });
  }
}

/** A bug costs the line it shows at, not the ones behind it. */
function bugIn(error: unknown): InvariantError {
  const why = error instanceof Error ? error.message : String(error);
  return new InvariantError(`the diagnosis failed on this case: ${why}; please report it with the case`, { cause: error });
}

async function* chunksOf(input: Readable, file: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of input) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UpstreamError('files', 'client', `${file} cannot be read: ${why}`, {
      cause: error,
      hint: 'Give a readable file, or - for standard input.',
    });
  }
}

function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_PREMATURE_CLOSE');
}

function isFull(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT' || error.code === 'EIO');
}

function unwritten(error: Error): UpstreamError {
  return new UpstreamError('files', 'client', `the answers cannot be written: ${error.message}`, {
    cause: error,
    hint: 'Make room where the output goes, and ask again.',
  });
}
