/** What the audience sees: a timeline with elapsed seconds and a spinner on a terminal, plain lines elsewhere. */
import ora from 'ora';

export interface Display {
  headline(text: string): void;
  /** One line of the timeline with its reasons; `seconds` since the scene began. */
  event(seconds: number, who: string, text: string, because?: readonly string[]): void;
  /** What is being waited for, shown beside the spinner; asked anew at each frame. */
  waiting(text: () => string): void;
  print(text: string): void;
  /** Removes the spinner. */
  rest(): void;
}

const width = 168;

export function createDisplay(output: NodeJS.WriteStream): Display {
  const spinner = output.isTTY ? ora({ stream: output, discardStdin: false, hideCursor: false }) : undefined;
  let waitingFor: (() => string) | undefined;
  let ticking: NodeJS.Timeout | undefined;

  function print(text: string): void {
    spinner?.clear();
    output.write(`${text}\n`);
  }

  return {
    print,
    headline(text) {
      print(`\n${text}\n${'─'.repeat(Math.min(text.length, 100))}`);
    },
    event(seconds, who, text, because = []) {
      print(cut(`${seconds.toFixed(1).padStart(6)} s  ${who.padEnd(13)} ${text}`));
      for (const reason of because) print(cut(`${' '.repeat(24)}${reason}`));
    },
    waiting(text) {
      waitingFor = text;
      if (!spinner) return;
      spinner.start(text());
      ticking ??= setInterval(() => {
        spinner.text = waitingFor?.() ?? '';
      }, 200);
    },
    rest() {
      clearInterval(ticking);
      ticking = undefined;
      spinner?.stop();
    },
  };
}

/** Reasons come from evidence: keep them on one line, and no control character reaches the terminal. */
function cut(line: string): string {
  const clean = line.replaceAll(/\p{C}/gu, ' ');
  return clean.length > width ? `${clean.slice(0, width - 1)}…` : clean;
}
