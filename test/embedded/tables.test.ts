import { assert } from "chai";
import { Kinds } from "../../src/embedded/kinds.ts";
import { bookmarkTable, tableFor } from "../../src/embedded/tables.ts";
import { cellsOf, nowMs, objectOf } from "../support/table-rows.ts";

const kinds = new Kinds();

describe("embedded tables: the other kinds", () => {
  const template = {
    spec: {
      containers: [
        { name: "main", image: "busybox" },
        { name: "log", image: "fluent" },
      ],
    },
  };
  const selector = { matchLabels: { app: "web" } };
  const trueConditions = (...types: string[]) => types.map((type) => ({ type, status: "True" }));

  const cases: {
    readonly name: string;
    readonly kind: readonly [apiVersion: string, kind: string];
    readonly object: Readonly<Record<string, unknown>>;
    /** Of the cells, joined by ` | `; `…` stands for the age. */
    readonly cells: string;
  }[] = [
    {
      name: "a cordoned node with roles",
      kind: ["v1", "Node"],
      object: {
        metadata: { labels: { "node-role.kubernetes.io/worker": "", "kubernetes.io/role": "gpu", a: "b" } },
        spec: { unschedulable: true },
        status: { conditions: [{ type: "Ready", status: "Unknown" }], nodeInfo: { architecture: "amd64" } },
      },
      cells:
        "x | NotReady,SchedulingDisabled | gpu,worker | … |  | <none> | <none> | <unknown> | <unknown> (amd64) | <unknown>",
    },
    {
      name: "a node that has not reported",
      kind: ["v1", "Node"],
      object: {},
      cells: "x | Unknown | <none> | … |  | <none> | <none> | <unknown> | <unknown> | <unknown>",
    },
    {
      name: "a Job that runs",
      kind: ["batch/v1", "Job"],
      object: {
        spec: { completions: 4, parallelism: 2, template, selector },
        status: { succeeded: 1, startTime: "2026-03-01T11:57:30Z" },
      },
      cells: "x | Running | 1/4 | 2m30s | … | main,log | busybox,fluent | app=web",
    },
    {
      name: "a Job without completions, complete",
      kind: ["batch/v1", "Job"],
      object: {
        spec: { parallelism: 3 },
        status: {
          conditions: trueConditions("SuccessCriteriaMet", "Complete"),
          startTime: "2026-03-01T11:00:00Z",
          completionTime: "2026-03-01T11:00:07Z",
          succeeded: 3,
        },
      },
      cells: "x | Complete | 3/1 of 3 | 7s | … |  |  | <none>",
    },
    {
      name: "a suspended Job that never started",
      kind: ["batch/v1", "Job"],
      object: { spec: { completions: 1 }, status: { conditions: trueConditions("Suspended") } },
      cells: "x | Suspended | 0/1 |  | … |  |  | <none>",
    },
    {
      name: "a Deployment, whose replicas default to 1",
      kind: ["apps/v1", "Deployment"],
      object: { spec: { template, selector }, status: { readyReplicas: 1, updatedReplicas: 1, availableReplicas: 1 } },
      cells: "x | 1/1 | 1 | 1 | … | main,log | busybox,fluent | app=web",
    },
    {
      name: "a ReplicaSet scaled to 0",
      kind: ["apps/v1", "ReplicaSet"],
      object: { spec: { replicas: 0, selector }, status: { replicas: 2 } },
      cells: "x | 0 | 2 | 0 | … |  |  | app=web",
    },
    {
      name: "a StatefulSet",
      kind: ["apps/v1", "StatefulSet"],
      object: { spec: { replicas: 3 } },
      cells: "x | 0/3 | … |  | ",
    },
    {
      name: "a DaemonSet",
      kind: ["apps/v1", "DaemonSet"],
      object: {
        spec: { template: { spec: { nodeSelector: { b: "2", a: "1" } } } },
        status: { desiredNumberScheduled: 3 },
      },
      cells: "x | 3 | 0 | 0 | 0 | 0 | a=1,b=2 | … |  |  | <none>",
    },
    {
      name: "a budget in per cent",
      kind: ["policy/v1", "PodDisruptionBudget"],
      object: { spec: { maxUnavailable: "50%" }, status: { disruptionsAllowed: 2 } },
      cells: "x | N/A | 50% | 2 | …",
    },
    {
      name: "a headless Service",
      kind: ["v1", "Service"],
      object: {
        spec: {
          type: "ClusterIP",
          clusterIP: "None",
          ports: [
            { port: 80, protocol: "TCP" },
            { port: 53, nodePort: 3053, protocol: "UDP" },
          ],
        },
      },
      cells: "x | ClusterIP | None | <none> | 80/TCP,53:3053/UDP | … | <none>",
    },
    {
      name: "a load balancer",
      kind: ["v1", "Service"],
      object: {
        spec: { type: "LoadBalancer", externalIPs: ["1.1.1.1"], selector: { app: "web" } },
        status: { loadBalancer: { ingress: [{ ip: "9.9.9.9" }, { hostname: "example.com" }] } },
      },
      cells: "x | LoadBalancer | <none> | 9.9.9.9,example.com,1.1.1.1 | <none> | … | app=web",
    },
    {
      name: "an event of the old form",
      kind: ["v1", "Event"],
      object: {
        type: "Warning",
        reason: "FailedScheduling",
        message: "no room\n",
        involvedObject: { kind: "Pod", name: "p", fieldPath: "spec" },
        source: { component: "kubelet", host: "n1" },
        firstTimestamp: "2026-03-01T11:59:00Z",
        lastTimestamp: "2026-03-01T11:59:30Z",
        count: 4,
      },
      cells: "30s | Warning | FailedScheduling | pod/p | spec | kubelet, n1 | no room | 60s | 4 | x",
    },
    {
      name: "an event of the new form",
      kind: ["events.k8s.io/v1", "Event"],
      object: {
        type: "Normal",
        reason: "Scheduled",
        note: "placed",
        regarding: { kind: "Pod", name: "p" },
        reportingController: "batch-scheduler",
        reportingInstance: "one",
        eventTime: "2026-03-01T11:59:58.123456Z",
        series: { count: 3, lastObservedTime: "2026-03-01T11:59:59.000000Z" },
      },
      cells: "1s | Normal | Scheduled | pod/p |  | batch-scheduler, one | placed | 1s | 3 | x",
    },
    {
      name: "a bound claim",
      kind: ["v1", "PersistentVolumeClaim"],
      object: {
        spec: { volumeName: "v", storageClassName: "fast", volumeMode: "Block" },
        status: { phase: "Bound", capacity: { storage: "2048Mi" }, accessModes: ["ReadWriteMany", "ReadWriteOnce"] },
      },
      cells: "x | Bound | v | 2Gi | RWO,RWX | fast | <unset> | … | Block",
    },
    {
      name: "a claim that waits does not show what it asks for",
      kind: ["v1", "PersistentVolumeClaim"],
      object: {
        spec: { resources: { requests: { storage: "1Gi" } }, accessModes: ["ReadWriteOnce"] },
        status: { phase: "Pending" },
      },
      cells: "x | Pending |  |  |  |  | <unset> | … | <unset>",
    },
    {
      name: "a volume that is being deleted",
      kind: ["v1", "PersistentVolume"],
      object: {
        metadata: { deletionTimestamp: "2026-03-01T12:00:00Z" },
        spec: {
          capacity: { storage: "1Gi" },
          claimRef: { namespace: "d", name: "c" },
          persistentVolumeReclaimPolicy: "Retain",
        },
        status: { phase: "Bound" },
      },
      cells: "x | 1Gi |  | Retain | Terminating | d/c |  | <unset> |  | … | <unset>",
    },
    {
      name: "the default storage class",
      kind: ["storage.k8s.io/v1", "StorageClass"],
      object: {
        metadata: { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
        provisioner: "p",
      },
      cells: "x (default) | p | Delete | Immediate | false | …",
    },
    {
      name: "a quota",
      kind: ["v1", "ResourceQuota"],
      object: { status: { hard: { pods: "5", "limits.cpu": "2", cpu: "1" }, used: { pods: "3" } } },
      cells: "x | cpu: 0/1, pods: 3/5 | limits.cpu: 0/2 | …",
    },
    {
      name: "a role binding",
      kind: ["rbac.authorization.k8s.io/v1", "RoleBinding"],
      object: {
        roleRef: { kind: "Role", name: "r" },
        subjects: [
          { kind: "User", name: "u" },
          { kind: "Group", name: "g" },
          { kind: "ServiceAccount", namespace: "n", name: "s" },
        ],
      },
      cells: "x | Role/r | … | u | g | n/s",
    },
    {
      name: "a role, which has no columns of its own",
      kind: ["rbac.authorization.k8s.io/v1", "Role"],
      object: {},
      cells: "x | 2026-03-01T11:50:00Z",
    },
    {
      name: "a priority class",
      kind: ["scheduling.k8s.io/v1", "PriorityClass"],
      object: { value: 1000, preemptionPolicy: "Never" },
      cells: "x | 1000 | false | … | Never",
    },
    {
      name: "a lease",
      kind: ["coordination.k8s.io/v1", "Lease"],
      object: { spec: { holderIdentity: "me" } },
      cells: "x | me | …",
    },
    {
      name: "a secret",
      kind: ["v1", "Secret"],
      object: { type: "Opaque", data: { a: "", b: "" } },
      cells: "x | Opaque | 2 | …",
    },
  ];
  for (const {
    name,
    kind: [apiVersion, kind],
    object: body,
    cells,
  } of cases) {
    it(name, () => {
      const row = cellsOf(kinds.must(apiVersion, kind), objectOf(apiVersion, kind, body));
      assert.equal(row.map((cell) => (cell === "10m" ? "…" : cell)).join(" | "), cells);
    });
  }

  it("gives every built-in kind as many heads as cells", () => {
    for (const kind of kinds.all()) {
      const table = tableFor(kind, [objectOf("v1", kind.kind, {})], {}, { nowMs });
      assert.equal(table.columnDefinitions?.length, table.rows[0]!.cells.length, kind.kind);
      assert.isTrue(
        table.columnDefinitions?.some(({ format }) => format === "name"),
        kind.kind,
      );
    }
  });
});

describe("embedded tables: the table itself", () => {
  const pod = objectOf("v1", "Pod", {});
  const kind = kinds.must("v1", "Pod");

  it("carries of each object what was asked for", () => {
    const included = (["None", "Metadata", "Object"] as const).map(
      (includeObject) => tableFor(kind, [pod], {}, { nowMs, includeObject }).rows[0]!.object,
    );
    const partial = { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: pod.metadata };
    assert.deepEqual(included, [null, partial, pod]);
  });

  it("carries the metadata of the list", () => {
    const metadata = { resourceVersion: "7", continue: "x", remainingItemCount: 2 };
    assert.deepEqual(tableFor(kind, [], metadata, { nowMs }).metadata, metadata);
  });

  it("leaves out the heads on request", () => {
    assert.isNull(tableFor(kind, [pod], {}, { nowMs, noHeaders: true }).columnDefinitions);
  });

  it("makes a bookmark a row about nothing", () => {
    const table = bookmarkTable(kinds.must("v1", "Namespace"), { resourceVersion: "9" }, { nowMs, noHeaders: true });
    const carried = { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: { resourceVersion: "9" } };
    assert.deepEqual(table, {
      kind: "Table",
      apiVersion: "meta.k8s.io/v1",
      metadata: { resourceVersion: "9" },
      columnDefinitions: null,
      rows: [{ cells: ["", "", "<unknown>"], object: carried }],
    });
  });
});
