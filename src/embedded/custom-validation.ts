// Checks of custom resources against the schema of their definition: types, required fields, enums and bounds
// (kube-openapi pkg/validation/validate). Patterns, formats and CEL rules are not.

import { invalidValue, required, type FieldError } from "./failure.ts";
import { fieldOf, isObject, objectOf, textOf, textsOf, type JsonObject } from "./json.ts";

/** `field` is empty for the object itself, whose metadata is checked elsewhere. */
export function schemaErrors(schema: JsonObject, value: unknown, field = ""): readonly FieldError[] {
  if (value === null && schema["nullable"] === true) return [];
  const type = textOf(schema["type"]);
  if (schema["x-kubernetes-int-or-string"] === true) {
    return Number.isSafeInteger(value) || typeof value === "string" ? [] : [mistyped(field, "integer,string", value)];
  }
  if (type !== "" && !isOf(type, value)) return [mistyped(field, type, value)];
  return [...boundErrors(schema, value, field), ...partErrors(schema, value, field)];
}

function partErrors(schema: JsonObject, value: unknown, field: string): readonly FieldError[] {
  if (Array.isArray(value)) {
    const items = objectOf(schema["items"]);
    return value.flatMap((item, i) => schemaErrors(items, item, `${field}[${i}]`));
  }
  if (!isObject(value)) return [];
  const at = (name: string): string => (field === "" ? name : `${field}.${name}`);
  const missing = textsOf(schema["required"]).filter((name) => fieldOf(value, name) === undefined);
  const properties = objectOf(schema["properties"]);
  const others = objectOf(schema["additionalProperties"]);
  const inParts = Object.entries(value)
    .filter(([name]) => field !== "" || name !== "metadata")
    .flatMap(([name, part]) => {
      const own = fieldOf(properties, name) ?? others;
      return isObject(own) && part !== undefined ? schemaErrors(own, part, at(name)) : [];
    });
  return [...missing.map((name) => required(at(name))), ...inParts];
}

function boundErrors(schema: JsonObject, value: unknown, field: string): readonly FieldError[] {
  const { enum: allowed, minimum, maximum, minLength, maxLength, minItems } = schema;
  const errors: FieldError[] = [];
  if (Array.isArray(allowed) && !allowed.includes(value)) {
    const detail = `supported values: ${allowed.map((one) => JSON.stringify(one)).join(", ")}`;
    errors.push({ field, type: "FieldValueNotSupported", value, detail });
  }
  const refuse = (rule: string): void => {
    errors.push(invalidValue(field, value, `${field} in body should be ${rule}`));
  };
  if (typeof value === "number") {
    if (typeof minimum === "number" && value < minimum) refuse(`greater than or equal to ${minimum}`);
    if (typeof maximum === "number" && maximum < value) refuse(`less than or equal to ${maximum}`);
  }
  if (typeof value === "string") {
    if (typeof minLength === "number" && value.length < minLength) refuse(`at least ${minLength} chars long`);
    if (typeof maxLength === "number" && maxLength < value.length) refuse(`at most ${maxLength} chars long`);
  }
  if (Array.isArray(value) && typeof minItems === "number" && value.length < minItems) {
    errors.push(invalidValue(field, value.length, `${field} in body should have at least ${minItems} items`));
  }
  return errors;
}

function isOf(type: string, value: unknown): boolean {
  switch (type) {
    case "object":
      return isObject(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "number":
      return typeof value === "number";
    default:
      return typeof value === type;
  }
}

function mistyped(field: string, type: string, value: unknown): FieldError {
  const found = Array.isArray(value)
    ? "array"
    : value === null
      ? "null"
      : Number.isInteger(value)
        ? "integer"
        : typeof value;
  const detail = `${field} in body must be of type ${type}: ${JSON.stringify(found)}`;
  return { field, type: "FieldValueTypeInvalid", value: found, detail };
}
