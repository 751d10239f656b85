// Answers: bodies read within bounds, and what an answer other than success says.

import type { Dispatcher } from "undici";
import { type ApiResponse, ApiStatusError } from "./client.ts";
import { inOneLine } from "./errors.ts";

/** Throws when the body is larger than the cap, compressed, cut off, or no JSON although the status is one of success. */
export async function readAnswer(answer: Dispatcher.ResponseData, bytesMax: number): Promise<ApiResponse> {
  const text = await readText(answer, bytesMax);
  const retryAfterMs = retryAfterMsOf(answer);
  return {
    status: answer.statusCode,
    body: parseBody(text, answer.statusCode),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

/** Ends an answer of which no more is read, and with it the connection. A body destroyed without a listener would end the process. */
export function discard({ body }: Dispatcher.ResponseData): void {
  body.on("error", () => undefined).destroy();
}

/** The header Retry-After where it is a number of seconds; its other form, a date, is not used by API servers. */
function retryAfterMsOf(answer: Dispatcher.ResponseData): number | undefined {
  const seconds = answer.headers["retry-after"];
  return typeof seconds === "string" && /^[0-9]{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
}

/** The error that an answer other than success means: its Status object in words, or else its text. */
export function statusErrorOf({ status, body, retryAfterMs }: ApiResponse): ApiStatusError {
  const { reason, message } = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const words = typeof message === "string" ? message : typeof body === "string" ? body : "";
  const line = inOneLine(words) || `status ${status}`;
  return new ApiStatusError(status, typeof reason === "string" ? reason : "", line, retryAfterMs);
}

async function readText(answer: Dispatcher.ResponseData, bytesMax: number): Promise<string> {
  const { "content-encoding": encoding = "identity" } = answer.headers;
  if (encoding !== "identity") {
    discard(answer);
    throw new Error("the answer is compressed, which was not asked for");
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytesMax < bytes) throw new Error(`the answer is larger than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString("utf8");
}

function parseBody(text: string, status: number): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // Proxies answer errors in HTML or plain text; a success has to be JSON.
    if (300 <= status) return text;
    throw new Error("the answer is not JSON", { cause: error });
  }
}
