// Quantities of the checker, read without the parser of the program: thousandths, and what a pod asks for as the kubelet counts it.

const SCALE = new Map(
  Object.entries({ n: 1e-9, u: 1e-6, m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 }).concat(
    ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].map((suffix, index) => [suffix, 2 ** (10 * (index + 1))]),
  ),
);

export type Amounts = Map<string, number>;
export type ResourceList = Readonly<Record<string, unknown>>;

export interface PodSpec {
  readonly schedulerName?: string;
  readonly nodeName?: string;
  readonly priority?: number;
  readonly priorityClassName?: string;
  readonly schedulingGates?: readonly unknown[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly affinity?: {
    readonly nodeAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: { readonly nodeSelectorTerms?: readonly Term[] };
    };
    readonly podAffinity?: unknown;
    readonly podAntiAffinity?: unknown;
  };
  readonly tolerations?: readonly Toleration[];
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly overhead?: ResourceList;
  readonly topologySpreadConstraints?: readonly unknown[];
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
  readonly resourceClaims?: readonly unknown[];
  readonly schedulingGroup?: unknown;
  readonly workloadRef?: unknown;
}

export interface Term {
  readonly matchExpressions?: readonly Expression[];
  readonly matchFields?: readonly Expression[];
}

export interface Expression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

interface Container {
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: ResourceList; readonly limits?: ResourceList };
  readonly ports?: readonly { readonly hostPort?: number; readonly hostIP?: string; readonly protocol?: string }[];
}

/** Value of a quantity in thousandths, or undefined where it is none. */
export function milli(quantity: unknown): number | undefined {
  const match = /^(\+?\d+(?:\.\d*)?|\+?\.\d+)(?:([eE][+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/.exec(
    String(quantity),
  );
  if (match === null) return undefined;
  const [, digits = "", exponent = "", suffix = ""] = match;
  const value = Number(digits + exponent) * SCALE.get(suffix)! * 1000;
  return Number.isFinite(value) ? Math.round(value) : undefined;
}

/** Adds a list to a total; false where one of its quantities is unreadable. */
export function addInto(total: Amounts, list: ResourceList | undefined): boolean {
  for (const [name, quantity] of Object.entries(list ?? {})) {
    const value = milli(quantity);
    if (value === undefined) return false;
    total.set(name, (total.get(name) ?? 0) + value);
  }
  return true;
}

/** Requests of a pod, or undefined where one of them is unreadable. */
export function podRequests(spec: PodSpec): Amounts | undefined {
  let readable = true;
  const total: Amounts = new Map();
  const sidecars: Amounts = new Map();
  const initPeak: Amounts = new Map();
  const requestsOf = ({ resources }: Container): ResourceList => ({ ...resources?.limits, ...resources?.requests });
  for (const container of spec.containers ?? []) readable &&= addInto(total, requestsOf(container));
  for (const container of spec.initContainers ?? []) {
    const own = new Map(sidecars);
    readable &&= addInto(own, requestsOf(container));
    for (const [name, value] of own) initPeak.set(name, Math.max(initPeak.get(name) ?? 0, value));
    if (container.restartPolicy === "Always") readable &&= addInto(sidecars, requestsOf(container));
  }
  for (const [name, value] of sidecars) total.set(name, (total.get(name) ?? 0) + value);
  for (const [name, value] of initPeak) total.set(name, Math.max(total.get(name) ?? 0, value));
  readable &&= addInto(total, spec.overhead);
  if (!readable) return undefined;
  total.set("pods", 1000);
  return total;
}
