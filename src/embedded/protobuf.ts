// Protobuf bodies, as kubectl's typed clients send them (`create namespace`, `auth can-i`, the evictions of `drain`): read into
// the same JSON that everybody else sends. Answers are always JSON, which those clients read as well. Only what
// protobuf-messages.ts lists is known; a field that is set and not known fails the request, so that nothing is lost in silence.

import { badRequest } from "./failure.ts";

/** A varint, or the bytes of anything with a length. */
export type WireValue = bigint | Uint8Array;

/** What a field becomes in JSON. `before` is what the same field held already, for lists and maps; undefined leaves it out. */
export type FieldReader = (value: WireValue, before: unknown) => unknown;

/** Fields by number. */
export type Message = ReadonlyMap<number, readonly [name: string, read: FieldReader]>;

const MAGIC = [0x6b, 0x38, 0x73, 0x00]; // "k8s" and a zero, before every body (apimachinery pkg/runtime/serializer/protobuf)

/** The object of a body, by a message for its kind. Throws ApiFailure 400 where it cannot be read. */
export function decodeProtobuf(
  body: Uint8Array,
  messageOf: (apiVersion: string, kind: string) => Message | undefined,
): unknown {
  if (MAGIC.some((byte, index) => body[index] !== byte)) {
    throw badRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  }
  let raw: WireValue = new Uint8Array();
  let typeMeta: WireValue = new Uint8Array();
  for (const [number, value] of fieldsOf(body.subarray(MAGIC.length))) {
    if (number === 1) typeMeta = value;
    if (number === 2) raw = value;
  }
  const { apiVersion = "", kind = "" } = readMessage(typeMeta, TYPE_META, "TypeMeta") as Partial<
    Record<string, string>
  >;
  const message = messageOf(apiVersion, kind);
  if (message === undefined) throw badRequest(`${kind} of ${apiVersion} is not understood as protobuf here; send JSON`);
  return { apiVersion, kind, ...readMessage(raw, message, kind) };
}

/** The message as an object. A field that is not listed may only be empty, as Go writes those that are not set. */
export function readMessage(bytes: WireValue, message: Message, name: string): Readonly<Record<string, unknown>> {
  const values = new Map<string, unknown>();
  for (const [number, value] of fieldsOf(bytes)) {
    const known = message.get(number);
    if (known === undefined) {
      if (!isEmpty(value)) throw badRequest(`field ${number} of ${name} is not understood as protobuf here; send JSON`);
      continue;
    }
    const [field, read] = known;
    const result = read(value, values.get(field));
    if (result !== undefined) values.set(field, result);
  }
  return Object.fromEntries(values);
}

export function bytesOf(value: WireValue): Uint8Array {
  if (typeof value === "bigint") throw malformed();
  return value;
}

export function integerOf(value: WireValue): number {
  if (typeof value !== "bigint") throw malformed();
  return Number(BigInt.asIntN(64, value));
}

/** Zero, false, an empty text, or a message of nothing but such. */
function isEmpty(value: WireValue): boolean {
  if (typeof value === "bigint") return value === 0n;
  try {
    return [...fieldsOf(value)].every(([, inner]) => isEmpty(inner));
  } catch {
    return false; // a text that is no message
  }
}

/** Numbers and values of the fields, in their order on the wire. */
function* fieldsOf(bytes: WireValue): Generator<readonly [number: number, value: WireValue]> {
  const reader = new WireReader(bytesOf(bytes));
  while (!reader.isAtEnd) {
    const tag = Number(reader.varint());
    const wireType = tag % 8;
    yield [Math.floor(tag / 8), wireType === 0 ? reader.varint() : reader.bytes(reader.lengthOf(wireType))];
  }
}

class WireReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#bytes.length <= this.#position;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#position++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw malformed();
  }

  lengthOf(wireType: number): number {
    switch (wireType) {
      case 1:
        return 8;
      case 2:
        return Number(this.varint());
      case 5:
        return 4;
      default:
        throw malformed();
    }
  }

  bytes(length: number): Uint8Array {
    const end = this.#position + length;
    if (this.#bytes.length < end) throw malformed();
    const bytes = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return bytes;
  }
}

function malformed(): Error {
  return badRequest("the protobuf message is malformed");
}

const TEXT = new TextDecoder();
const text: FieldReader = (value) => TEXT.decode(bytesOf(value));
const TYPE_META: Message = new Map([
  [1, ["apiVersion", text]],
  [2, ["kind", text]],
]);
