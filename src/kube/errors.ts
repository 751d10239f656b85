// Errors of sockets, of TLS and of undici in one line for a person.

/** Never empty and never more than one line; a failed connection to several addresses gives the first one's reason. */
export function oneLine(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return oneLine(error.errors[0]);
  if (!(error instanceof Error)) return inOneLine(String(error));
  const { code } = error as { code?: unknown };
  return inOneLine(error.message || (typeof code === "string" ? code : error.name));
}

/** Text of the server or of the system, fit for a log line or a message: no line breaks or escapes, and not endless. */
export function inOneLine(text: string): string {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
  return line.length <= lineMaxLength ? line : `${line.slice(0, lineMaxLength)}…`;
}

const lineMaxLength = 500;
