// A step: one kubectl command that is run on two servers and must say the same on both. Steps of a list build on each other.

export interface Step {
  /** Says what is shown; the command itself where absent. */
  readonly name?: string;
  /** Split at spaces, unless it is a list. */
  readonly args: string | readonly string[];
  /** Objects or text for `-f -`. In it `$(uid pod/x)` stands for the UID that the object has on the server. */
  readonly stdin?: readonly object[] | string;
  /** Only these lines are compared: what else is there belongs to one of the two. */
  readonly only?: RegExp;
  /** `subset`: what the embedded server lists, the real one does as well. By default both say the same. */
  readonly compare?: "same" | "subset";
  /** Repeated until both outputs match it: something is brought about by actors. */
  readonly until?: RegExp;
}

export function argsOf({ args }: Step): readonly string[] {
  return typeof args === "string" ? args.split(" ") : args;
}

export function stdinOf({ stdin }: Step): string {
  if (stdin === undefined || typeof stdin === "string") return stdin ?? "";
  return stdin.map((object) => JSON.stringify(object)).join("\n---\n");
}

/** Takes out of an output what differs between any two runs: times, ages, UIDs, addresses, versions, generated names, and the width of columns. */
export function masked(output: string): string {
  return output
    .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "TIME")
    .replace(/\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, "TIME")
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "UID")
    .replace(/(resourceVersion"?: )"\d+"/g, '$1"VERSION"')
    .replace(/(Resource Version: +)\d+/g, "$1VERSION")
    .replace(/(Server Version: v[0-9.]+)\+embedded/g, "$1") // it says what it is
    .replace(/lastProbeTime: null\n +|"lastProbeTime": null,\n +/g, "") // nobody probes: Go writes what is not set here
    .replace(/\b10\.\d+\.\d+\.\d+\b/g, "ADDRESS")
    .replace(/\bhttps?:\/\/127\.0\.0\.1:\d+/g, "SERVER")
    .replace(/\b(\d+m)?\d+s\b/g, "AGE")
    .replace(/-[bcdfghjklmnpqrstvwxz2456789]{8,10}\b/g, "-HASH")
    .replace(/-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "-SUFFIX")
    .replace(/\b(pod-template-hash[=:] ?"?)[a-z0-9]+/g, "$1HASH")
    .split("\n")
    .map((line) => line.replace(/(\S) {2,}/g, "$1 ").trimEnd())
    .join("\n");
}
