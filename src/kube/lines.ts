// Lines: cuts a body into lines of text. Each byte is looked at once and copied at most twice, however the body is
// cut into chunks and however long a line is, up to a cap.

const newline = 10; // no other character of UTF-8 contains this byte

export class LineTooLongError extends Error {
  constructor(bytesMax: number) {
    super(`a line is longer than ${bytesMax} bytes`);
    this.name = "LineTooLongError";
  }
}

export class LineSplitter {
  readonly #bytesMax: number;
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The lines that `chunk` completes, without their newline and without empty ones. Throws LineTooLongError. */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      this.#keep(chunk.subarray(start, end));
      if (this.#pieceBytes > 0) lines.push(this.#take());
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  /** Whether the body ended within a line. */
  get hasRest(): boolean {
    return this.#pieceBytes > 0;
  }

  #keep(piece: Uint8Array): void {
    if (piece.length === 0) return;
    if (this.#bytesMax < this.#pieceBytes + piece.length) throw new LineTooLongError(this.#bytesMax);
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
  }

  #take(): string {
    const text = Buffer.concat(this.#pieces, this.#pieceBytes).toString("utf8");
    this.#pieces = [];
    this.#pieceBytes = 0;
    return text;
  }
}
