// Names: what objects, labels and finalizers may be called, with the sentences of apimachinery's validation.

import type { Kind } from "./types.ts";

/** What is wrong with a name; undefined where nothing is. `label`: a name that goes where a dot may not. */
export function nameProblem(kind: Kind | "label", name: string): string | undefined {
  if (kind === "label" || isLabel(kind)) return LABEL.test(name) && name.length <= 63 ? undefined : LABEL_RULE;
  if (kind.group === "rbac.authorization.k8s.io") return pathSegmentProblem(name);
  return SUBDOMAIN.test(name) && name.length <= 253 ? undefined : SUBDOMAIN_RULE;
}

/** `prefix/name` or `name`, as keys of labels and annotations are. */
export function labelKeyProblem(key: string): string | undefined {
  return qualifiedNameProblem(key);
}

export function labelValueProblem(value: string): string | undefined {
  if (63 < value.length) return "must be no more than 63 characters";
  return LABEL_VALUE.test(value) ? undefined : LABEL_VALUE_RULE;
}

export function qualifiedNameProblem(text: string): string | undefined {
  const parts = text.split("/");
  const [name = "", prefix] = parts.length === 1 ? [parts[0]] : [parts[1], parts[0]];
  if (2 < parts.length) {
    return `a qualified name ${NAME_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
  }
  if (prefix !== undefined && !(SUBDOMAIN.test(prefix) && prefix.length <= 253)) return `prefix part ${SUBDOMAIN_RULE}`;
  if (name === "") return "name part must be non-empty";
  if (63 < name.length) return "name part must be no more than 63 characters";
  return NAME.test(name) ? undefined : `name part ${NAME_RULE}`;
}

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const NAME_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** Kinds whose names become DNS labels. */
function isLabel({ group, plural }: Kind): boolean {
  return group === "" && (plural === "namespaces" || plural === "services");
}

function pathSegmentProblem(name: string): string | undefined {
  if (name === "." || name === "..") return `may not be '${name}'`;
  const bad = ["/", "%"].find((part) => name.includes(part));
  return bad === undefined ? undefined : `may not contain '${bad}'`;
}
