// Creating: what the server fills in, and what it refuses.

import { assert } from "chai";
import { assertNewer, at, listAt, refused, textAt } from "./facts.ts";
import { configMap, node, pod } from "./objects.ts";
import type { Area } from "./suite.ts";

const nameRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with " +
  "an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelRule =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with " +
  "an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
  "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

export const create: Area = {
  name: "create",

  define(check) {
    check("a created object has uid, resourceVersion, creationTimestamp and its namespace", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a"));
      assert.match(textAt(created, "metadata.uid"), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      assert.match(textAt(created, "metadata.resourceVersion"), /^[1-9][0-9]*$/);
      assert.match(textAt(created, "metadata.creationTimestamp"), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.equal(at(created, "metadata.namespace"), c.namespace);
      assert.equal(at(created, "kind"), "ConfigMap");
      assert.equal(at(created, "apiVersion"), "v1");
    });

    check("kind and apiVersion may be left out of the body", async (c) => {
      const created = await c.create(c.configMaps(), { metadata: { name: "a" } });
      assert.equal(at(created, "kind"), "ConfigMap");
    });

    check("uid, creationTimestamp, generation and deletionTimestamp of the body are ignored", async (c) => {
      const metadata = {
        uid: "mine",
        creationTimestamp: "2001-01-01T00:00:00Z",
        generation: 9,
        deletionTimestamp: "2001-01-01T00:00:00Z",
        deletionGracePeriodSeconds: 5,
      };
      const created = await c.create(c.pods(), pod("a", {}, metadata));
      assert.notEqual(at(created, "metadata.uid"), "mine");
      assert.notEqual(at(created, "metadata.creationTimestamp"), "2001-01-01T00:00:00Z");
      assert.equal(at(created, "metadata.generation"), 1);
      assert.isUndefined(at(created, "metadata.deletionTimestamp"));
      assert.isUndefined(at(created, "metadata.deletionGracePeriodSeconds"));
    });

    check("a pod gets the defaults of its spec", async (c) => {
      const created = await c.create(c.pods(), {
        metadata: { name: "a" },
        spec: { containers: [{ name: "c", image: "i" }] },
      });
      assert.equal(at(created, "metadata.generation"), 1);
      assert.equal(at(created, "spec.schedulerName"), "default-scheduler");
      assert.equal(at(created, "spec.restartPolicy"), "Always");
      assert.equal(at(created, "spec.dnsPolicy"), "ClusterFirst");
      assert.equal(at(created, "spec.terminationGracePeriodSeconds"), 30);
      assert.equal(at(created, "spec.enableServiceLinks"), true);
      assert.deepEqual(at(created, "spec.securityContext"), {});
      assert.deepEqual(at(created, "spec.containers.0.resources"), {});
      assert.equal(at(created, "spec.containers.0.terminationMessagePath"), "/dev/termination-log");
      assert.equal(at(created, "spec.containers.0.terminationMessagePolicy"), "File");
      assert.equal(at(created, "spec.containers.0.imagePullPolicy"), "Always");
      assert.equal(at(created, "spec.priority"), 0);
      assert.equal(at(created, "spec.preemptionPolicy"), "PreemptLowerPriority");
    });

    check("a pod begins in phase Pending, whatever status its body has", async (c) => {
      const created = await c.create(c.pods(), { ...pod("a"), status: { phase: "Running", podIP: "10.0.0.1" } });
      assert.deepEqual(at(created, "status"), { phase: "Pending", qosClass: "BestEffort" });
    });

    check("the class of service of a pod follows from its requests and limits", async (c) => {
      const qosOf = async (name: string, resources: object) => {
        const created = await c.create(c.pods(), pod(name, { containers: [{ name: "c", image: "i", resources }] }));
        return at(created, "status.qosClass");
      };
      assert.equal(await qosOf("a", { requests: { cpu: "1" } }), "Burstable");
      assert.equal(await qosOf("b", { limits: { cpu: "1", memory: "1Gi" } }), "Guaranteed");
      assert.equal(await qosOf("c", { requests: { cpu: "1" }, limits: { cpu: "1", memory: "1Gi" } }), "Guaranteed");
      assert.equal(
        await qosOf("d", { requests: { "example.com/gpu": "1" }, limits: { "example.com/gpu": "1" } }),
        "BestEffort",
      );
    });

    check("limits become requests where there are none, resource by resource", async (c) => {
      const resources = { requests: { memory: "1Gi" }, limits: { memory: "2Gi", cpu: "2", "example.com/gpu": "1" } };
      const created = await c.create(c.pods(), pod("a", { containers: [{ name: "c", image: "i", resources }] }));
      const requests = at(created, "spec.containers.0.resources.requests");
      assert.deepEqual(requests, { memory: "1Gi", cpu: "2", "example.com/gpu": "1" });
    });

    check("quantities are stored in their canonical form", async (c) => {
      const resources = { requests: { cpu: "0.5", memory: "1024Mi" } };
      const created = await c.create(c.pods(), pod("a", { containers: [{ name: "c", image: "i", resources }] }));
      assert.deepEqual(at(created, "spec.containers.0.resources.requests"), { cpu: "500m", memory: "1Gi" });
    });

    check("a pod tolerates nodes that are not ready or unreachable for five minutes", async (c) => {
      const created = await c.create(c.pods(), pod("a", { tolerations: [{ key: "x", operator: "Exists" }] }));
      const forFiveMinutes = { operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 };
      assert.deepEqual(at(created, "spec.tolerations"), [
        { key: "x", operator: "Exists" },
        { key: "node.kubernetes.io/not-ready", ...forFiveMinutes },
        { key: "node.kubernetes.io/unreachable", ...forFiveMinutes },
      ]);
    });

    check("a toleration of everything leaves no default toleration to add", async (c) => {
      const created = await c.create(c.pods(), pod("a", { tolerations: [{ operator: "Exists" }] }));
      assert.deepEqual(at(created, "spec.tolerations"), [{ operator: "Exists" }]);
    });

    check("a pod runs as the service account default", async (c) => {
      const created = await c.create(c.pods(), pod("a"));
      assert.equal(at(created, "spec.serviceAccountName"), "default");
    });

    check("a pod gets the priority and the preemption policy of its class", async (c) => {
      const name = `${c.namespace}-high`;
      const priorityClass = { metadata: { name }, value: 1000, preemptionPolicy: "Never" };
      await c.create("/apis/scheduling.k8s.io/v1/priorityclasses", priorityClass);
      const created = await c.create(c.pods(), pod("a", { priorityClassName: name }));
      assert.equal(at(created, "spec.priority"), 1000);
      assert.equal(at(created, "spec.preemptionPolicy"), "Never");
      assert.equal(at(created, "spec.priorityClassName"), name);
    });

    check("a pod of a class that does not exist is forbidden", async (c) => {
      const answer = await c.post(c.pods(), pod("a", { priorityClassName: "nope" }));
      const message = `pods "a" is forbidden: no PriorityClass with name nope was found`;
      refused(answer, 403, "Forbidden", message);
    });

    check("a priority that is not the class's is forbidden", async (c) => {
      const answer = await c.post(c.pods(), pod("a", { priority: 7 }));
      const message =
        `pods "a" is forbidden: the integer value of priority (7) must not be provided in pod spec; ` +
        `priority admission controller computed 0 from the given PriorityClass name`;
      refused(answer, 403, "Forbidden", message);
    });

    check("the system's two priority classes exist", async (c) => {
      const path = "/apis/scheduling.k8s.io/v1/priorityclasses";
      assert.equal(at(await c.read(`${path}/system-node-critical`), "value"), 2_000_001_000);
      assert.equal(at(await c.read(`${path}/system-cluster-critical`), "value"), 2_000_000_000);
    });

    check("a priority class gets its preemption policy", async (c) => {
      const created = await c.create("/apis/scheduling.k8s.io/v1/priorityclasses", {
        metadata: { name: c.namespace },
        value: 5,
      });
      assert.equal(at(created, "preemptionPolicy"), "PreemptLowerPriority");
      assert.equal(at(created, "metadata.generation"), 1);
    });

    check("generateName appends five characters and stays in the metadata", async (c) => {
      const created = await c.create(c.pods(), { ...pod(""), metadata: { generateName: "gang-" } });
      assert.match(textAt(created, "metadata.name"), /^gang-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
      assert.equal(at(created, "metadata.generateName"), "gang-");
      const other = await c.create(c.pods(), { ...pod(""), metadata: { generateName: "gang-" } });
      assert.notEqual(at(other, "metadata.name"), at(created, "metadata.name"));
    });

    check("a name wins over generateName", async (c) => {
      const created = await c.create(c.configMaps(), configMap("a", {}, { generateName: "b-" }));
      assert.equal(at(created, "metadata.name"), "a");
    });

    check("a second object of a name is refused with 409 AlreadyExists", async (c) => {
      await c.create(c.pods(), pod("a"));
      const answer = await c.post(c.pods(), pod("a"));
      refused(answer, 409, "AlreadyExists", `pods "a" already exists`);
      assert.deepEqual(at(answer.body, "details"), { name: "a", kind: "pods" });
    });

    check("the group is part of a refusal's words outside the core group", async (c) => {
      const path = c.group("coordination.k8s.io/v1", "leases");
      await c.create(path, { metadata: { name: "a" } });
      const answer = await c.post(path, { metadata: { name: "a" } });
      refused(answer, 409, "AlreadyExists", `leases.coordination.k8s.io "a" already exists`);
      assert.deepEqual(at(answer.body, "details"), { name: "a", group: "coordination.k8s.io", kind: "leases" });
    });

    check("an object without a name is refused with 422", async (c) => {
      const message = `ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required`;
      const causes = ["metadata.name: Required value: name or generateName is required"];
      refused(await c.post(c.configMaps(), { metadata: {} }), 422, "Invalid", message, causes);
    });

    check("every defect of an object is one cause of the 422", async (c) => {
      const answer = await c.post(c.pods(), pod("A b", { containers: [{ name: "c" }] }));
      const name = `metadata.name: Invalid value: "A b": ${nameRule}`;
      const image = "spec.containers[0].image: Required value";
      refused(answer, 422, "Invalid", `Pod "A b" is invalid: [${name}, ${image}]`, [name, image]);
      assert.equal(at(answer.body, "details.causes.0.reason"), "FieldValueInvalid");
      assert.equal(at(answer.body, "details.causes.1.reason"), "FieldValueRequired");
      assert.equal(at(answer.body, "details.kind"), "Pod");
      assert.equal(at(answer.body, "details.name"), "A b");
    });

    check("a pod without containers is refused with 422", async (c) => {
      const answer = await c.post(c.pods(), pod("a", { containers: [] }));
      refused(answer, 422, "Invalid", `Pod "a" is invalid: spec.containers: Required value`);
    });

    check("a label value of forbidden characters is refused with 422", async (c) => {
      const answer = await c.post(c.configMaps(), configMap("a", {}, { labels: { k: "no spaces" } }));
      const cause = `metadata.labels: Invalid value: "no spaces": ${labelRule}`;
      refused(answer, 422, "Invalid", `ConfigMap "a" is invalid: ${cause}`, [cause]);
    });

    check("a quantity that is none is refused with 400", async (c) => {
      const resources = { requests: { cpu: "lots" } };
      const answer = await c.post(c.pods(), pod("a", { containers: [{ name: "c", image: "i", resources }] }));
      refused(answer, 400, "BadRequest", /quantities must match the regular expression/);
    });

    check("a text where a number is due is refused with 400", async (c) => {
      const answer = await c.post(c.pods(), pod("a", { terminationGracePeriodSeconds: "soon" }));
      refused(answer, 400, "BadRequest", /^Pod in version "v1" cannot be handled as a Pod: /);
    });

    check("a namespaced object in a namespace that does not exist is 404", async (c) => {
      const answer = await c.post("/api/v1/namespaces/nowhere/configmaps", configMap("a"));
      refused(answer, 404, "NotFound", `namespaces "nowhere" not found`);
      assert.deepEqual(at(answer.body, "details"), { name: "nowhere", kind: "namespaces" });
    });

    check("another namespace in the body than in the path is 400", async (c) => {
      const answer = await c.post(c.pods(), pod("a", {}, { namespace: "other" }));
      const message = "the namespace of the provided object does not match the namespace sent on the request";
      refused(answer, 400, "BadRequest", message);
    });

    check("another kind than the path's is 400", async (c) => {
      const answer = await c.post(c.pods(), { ...pod("a"), kind: "ConfigMap" });
      refused(answer, 400, "BadRequest", /^ConfigMap in version "v1" cannot be handled as a Pod: /);
    });

    check("a resourceVersion in the body of a create is refused with 500", async (c) => {
      const answer = await c.post(c.configMaps(), configMap("a", {}, { resourceVersion: "1" }));
      refused(answer, 500, undefined, "resourceVersion should not be set on objects to be created");
    });

    check("dryRun=All answers as if, and creates nothing", async (c) => {
      const before = await c.listVersion(c.pods());
      const answer = await c.post(c.pods(), pod("a"), { dryRun: "All" });
      assert.equal(answer.status, 201);
      assert.equal(at(answer.body, "metadata.name"), "a");
      assert.isString(at(answer.body, "metadata.uid"));
      assert.isUndefined(at(answer.body, "metadata.resourceVersion"));
      assert.equal((await c.get(c.pods("a"))).status, 404);
      assert.equal(await c.listVersion(c.pods()), before);
    });

    check("dryRun=All refuses what a create would refuse", async (c) => {
      await c.create(c.pods(), pod("a"));
      refused(await c.post(c.pods(), pod("a"), { dryRun: "All" }), 409, "AlreadyExists", `pods "a" already exists`);
      assert.equal((await c.post(c.pods(), pod("b", { containers: [] }), { dryRun: "All" })).status, 422);
    });

    check("another value of dryRun is refused with 422", async (c) => {
      const answer = await c.post(c.configMaps(), configMap("a"), { dryRun: "Some" });
      refused(answer, 422, "Invalid", /dryRun: (Unsupported|Invalid) value: /);
    });

    check(
      "fieldValidation=Strict refuses a field that the kind has not, with 400",
      async (c) => {
        const answer = await c.post(c.pods(), pod("a", { nodeNome: "n" }), { fieldValidation: "Strict" });
        const message = `Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.nodeNome"`;
        refused(answer, 400, "BadRequest", message);
      },
      {
        because: "it does not know every field of every kind",
        instead: async (c) => {
          const answer = await c.post(c.pods(), pod("a", { nodeNome: "n" }), { fieldValidation: "Strict" });
          assert.equal(answer.status, 201);
        },
      },
    );

    check(
      "without it an unknown field is dropped",
      async (c) => {
        const created = await c.create(c.pods(), pod("a", { nodeNome: "n" }));
        assert.isUndefined(at(created, "spec.nodeNome"));
        assert.equal((await c.post(c.pods(), pod("b", { nodeNome: "n" }), { fieldValidation: "Ignore" })).status, 201);
      },
      {
        because: "it does not know every field of every kind",
        instead: async (c) => {
          assert.equal(at(await c.create(c.pods(), pod("a", { nodeNome: "n" })), "spec.nodeNome"), "n");
        },
      },
    );

    check("a namespace carries its name as label, is Active, and has the finalizer kubernetes", async (c) => {
      const namespace = await c.read(`/api/v1/namespaces/${c.namespace}`);
      assert.deepEqual(at(namespace, "metadata.labels"), { "kubernetes.io/metadata.name": c.namespace });
      assert.deepEqual(at(namespace, "spec.finalizers"), ["kubernetes"]);
      assert.equal(at(namespace, "status.phase"), "Active");
    });

    check("a node is stored with the status that it is created with", async (c) => {
      const created = await c.create("/api/v1/nodes", node(`${c.namespace}-n`, { zone: "a" }));
      assert.deepEqual(at(created, "status.allocatable"), { cpu: "4", memory: "8Gi", pods: "110" });
      assert.deepEqual(at(created, "metadata.labels"), { zone: "a" });
      assert.isUndefined(at(created, "spec.taints"));
    });

    check("the resourceVersion grows with every object created, over all kinds", async (c) => {
      const first = await c.create(c.configMaps(), configMap("a"));
      const second = await c.create(c.pods(), pod("a"));
      const third = await c.create(c.configMaps(), configMap("b"));
      assertNewer(second, first);
      assertNewer(third, second);
    });

    check("annotations, labels, owners and finalizers are kept as they are given", async (c) => {
      const owner = {
        apiVersion: "v1",
        kind: "ConfigMap",
        name: "o",
        uid: "0000-1",
        controller: true,
        blockOwnerDeletion: true,
      };
      const metadata = {
        labels: { "example.com/a": "b", constructor: "c" },
        annotations: { note: "any text: ü" },
        ownerReferences: [owner],
        finalizers: ["example.com/hold"],
      };
      const created = await c.create(c.pods(), pod("a", {}, metadata));
      for (const [field, value] of Object.entries(metadata)) assert.deepEqual(at(created, `metadata.${field}`), value);
      assert.equal(listAt(created, "metadata.finalizers").length, 1);
    });
  },
};
