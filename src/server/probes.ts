// Probes: what /healthz, /livez and /readyz answer. A check has a name and, while it fails, a reason; neither may hold
// the name of an object, because probes are answered to anybody.

export interface Check {
  readonly name: string;
  /** Why it fails, in a few words; undefined while it does not. */
  readonly problem: () => string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** 200 `ok`, or 503 and a line for each check, as kube-apiserver writes them. */
export function probe(checks: readonly Check[]): Answer {
  const results = checks.map(({ name, problem }) => ({ name, problem: problem() }));
  if (results.every(({ problem }) => problem === undefined)) return { status: 200, body: "ok\n" };
  const lines = results.map(({ name, problem }) =>
    problem === undefined ? `[+]${name} ok` : `[-]${name} failed: ${problem}`,
  );
  return { status: 503, body: `${lines.join("\n")}\n` };
}
