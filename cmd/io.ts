// Io: the process as a command sees it; tests pass their own.

export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** A person with a terminal reads stdout, and has not asked for no colours. */
  readonly isColoured?: boolean;
}

export const processIo: Io = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  isColoured: process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "",
};
