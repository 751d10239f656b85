import { assert } from "chai";
import type { Arguments, HostPort, Node, Shape, Toleration } from "../../src/model/index.ts";
import { predicates } from "../../src/plugins/predicates/index.ts";
import { nodeWith } from "../support/scenario.ts";
import { requestsOf, shapeOf } from "../support/session-world.ts";
import { answerOf, IDLE, port, roomOn } from "./questions.ts";

const NOT_READY = "node(s) were not ready";
const CORDONED = "node(s) were unschedulable";
const TAINTED = "node(s) had untolerated taint(s)";
const AFFINITY = "node(s) didn't match Pod's node affinity/selector";
const PORTS = "node(s) didn't have free ports for the requested pod ports (curable)";

const EXISTS_ALL: Toleration = { key: "", operator: "Exists", value: "", effect: "" };

describe("node readiness and cordon", () => {
  const cases: readonly {
    readonly name: string;
    readonly node: Partial<Node>;
    readonly toleration?: Toleration;
    readonly answer: string;
  }[] = [
    { name: "a ready node that is not cordoned fits", node: {}, answer: "fits" },
    { name: "a node that is not ready is refused", node: { isReady: false }, answer: NOT_READY },
    {
      name: "the not-ready taint tolerated: a node that is not ready fits",
      node: { isReady: false },
      toleration: { key: "node.kubernetes.io/not-ready", operator: "Exists", value: "", effect: "NoSchedule" },
      answer: "fits",
    },
    {
      name: "the toleration that every pod gets, NoExecute alone, does not do",
      node: { isReady: false },
      toleration: { key: "node.kubernetes.io/not-ready", operator: "Exists", value: "", effect: "NoExecute" },
      answer: NOT_READY,
    },
    { name: "a cordoned node is refused", node: { unschedulable: true }, answer: CORDONED },
    {
      name: "the unschedulable taint tolerated: a cordoned node fits",
      node: { unschedulable: true },
      toleration: { key: "node.kubernetes.io/unschedulable", operator: "Exists", value: "", effect: "" },
      answer: "fits",
    },
    {
      name: "tolerating everything fits a node that is neither ready nor open",
      node: { isReady: false, unschedulable: true },
      toleration: EXISTS_ALL,
      answer: "fits",
    },
    {
      name: "readiness is asked before the cordon",
      node: { isReady: false, unschedulable: true },
      answer: NOT_READY,
    },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const shape = shapeOf({ ...IDLE, tolerations: c.toleration === undefined ? [] : [c.toleration] });
      assert.equal(answerOf(predicates, shape, nodeWith("n", c.node)), c.answer);
    });
  }
});

describe("taints", () => {
  const cases: readonly {
    readonly name: string;
    readonly taint?: Partial<Node["taints"][number]>;
    readonly toleration?: Partial<Toleration>;
    readonly answer: string;
  }[] = [
    { name: "NoSchedule keeps out", answer: TAINTED },
    { name: "NoExecute keeps out", taint: { effect: "NoExecute" }, answer: TAINTED },
    { name: "PreferNoSchedule does not", taint: { effect: "PreferNoSchedule" }, answer: "fits" },
    { name: "key, value and effect equal: tolerated", toleration: {}, answer: "fits" },
    { name: "another value: not tolerated", toleration: { value: "other" }, answer: TAINTED },
    { name: "another key: not tolerated", toleration: { key: "other" }, answer: TAINTED },
    { name: "another effect: not tolerated", toleration: { effect: "NoExecute" }, answer: TAINTED },
    { name: "an empty effect stands for every effect", toleration: { effect: "" }, answer: "fits" },
    { name: "Exists asks for no value", toleration: { operator: "Exists", value: "" }, answer: "fits" },
    {
      name: "Exists with another key: not tolerated",
      toleration: { operator: "Exists", key: "other" },
      answer: TAINTED,
    },
    {
      name: "an empty key with Exists tolerates every key",
      toleration: { operator: "Exists", key: "", value: "" },
      answer: "fits",
    },
    {
      name: "an empty key with Exists and another effect: not tolerated",
      toleration: { operator: "Exists", key: "", value: "", effect: "NoExecute" },
      answer: TAINTED,
    },
    { name: "an empty key with Equal tolerates nothing", toleration: { key: "" }, answer: TAINTED },
    { name: "an empty value equals an empty value", taint: { value: "" }, toleration: { value: "" }, answer: "fits" },
    { name: "an empty value with Equal is no wildcard", toleration: { value: "" }, answer: TAINTED },
  ];
  for (const c of cases) {
    it(c.name, () => {
      const taint = { key: "dedicated", value: "x", effect: "NoSchedule" as const, ...c.taint };
      const toleration = { key: "dedicated", operator: "Equal" as const, value: "x", effect: "NoSchedule" };
      const tolerations = c.toleration === undefined ? [] : [{ ...toleration, ...c.toleration }];
      assert.equal(
        answerOf(predicates, shapeOf({ ...IDLE, tolerations }), nodeWith("n", { taints: [taint] })),
        c.answer,
      );
    });
  }

  it("every taint must be tolerated, by whichever toleration", () => {
    const taints = ["a", "b"].map((key) => ({ key, value: "", effect: "NoSchedule" as const }));
    const tolerating = (...keys: readonly string[]): Shape =>
      shapeOf({ ...IDLE, tolerations: keys.map((key) => ({ key, operator: "Exists", value: "", effect: "" })) });
    const node = nodeWith("n", { taints });
    assert.equal(answerOf(predicates, tolerating("a"), node), TAINTED);
    assert.equal(answerOf(predicates, tolerating("b", "a"), node), "fits");
  });
});

describe("node selector and required node affinity", () => {
  type Operator = "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
  const cases: readonly { readonly expression: readonly [string, Operator, ...string[]]; readonly fits: boolean }[] = [
    { expression: ["zone", "In", "a", "b"], fits: true },
    { expression: ["zone", "In", "b"], fits: false },
    { expression: ["zone", "In"], fits: false },
    { expression: ["absent", "In", ""], fits: false },
    { expression: ["empty", "In", ""], fits: true },
    { expression: ["zone", "NotIn", "b"], fits: true },
    { expression: ["zone", "NotIn", "a", "b"], fits: false },
    { expression: ["absent", "NotIn", "a"], fits: true },
    { expression: ["zone", "Exists"], fits: true },
    { expression: ["empty", "Exists"], fits: true },
    { expression: ["absent", "Exists"], fits: false },
    { expression: ["zone", "DoesNotExist"], fits: false },
    { expression: ["absent", "DoesNotExist"], fits: true },
    { expression: ["cores", "Gt", "7"], fits: true },
    { expression: ["cores", "Gt", "8"], fits: false },
    { expression: ["cores", "Lt", "9"], fits: true },
    { expression: ["cores", "Lt", "8"], fits: false },
    { expression: ["cores", "Gt", "-1"], fits: true },
    { expression: ["padded", "Gt", "7"], fits: true }, // 08 is 8
    { expression: ["padded", "Lt", "9"], fits: true },
    { expression: ["padded", "Lt", "8"], fits: false },
    { expression: ["cores", "Gt", "07"], fits: true },
    { expression: ["signed", "Gt", "7"], fits: true }, // +8 is 8
    { expression: ["decimal", "Gt", "7"], fits: false }, // 8.0 is no number
    { expression: ["decimal", "Lt", "9"], fits: false },
    { expression: ["cores", "Gt", "7.0"], fits: false },
    { expression: ["zone", "Gt", "0"], fits: false },
    { expression: ["zone", "Lt", "0"], fits: false },
    { expression: ["empty", "Lt", "1"], fits: false },
    { expression: ["absent", "Gt", "0"], fits: false },
    { expression: ["absent", "Lt", "9"], fits: false },
    { expression: ["cores", "Gt"], fits: false },
    { expression: ["cores", "Gt", "1", "2"], fits: false },
    { expression: ["largest", "Gt", "9223372036854775806"], fits: true }, // 2^63 - 1, one above
    { expression: ["over", "Gt", "0"], fits: false }, // 2^63 overflows
    { expression: ["cores", "Lt", "9223372036854775808"], fits: false },
    { expression: ["cores", "Gt", "-9223372036854775808"], fits: true },
    { expression: ["cores", "Gt", "-9223372036854775809"], fits: false },
    { expression: ["constructor", "Exists"], fits: false },
  ];
  const node = nodeWith("n", {
    labels: new Map([
      ["zone", "a"],
      ["empty", ""],
      ["cores", "8"],
      ["padded", "08"],
      ["signed", "+8"],
      ["decimal", "8.0"],
      ["largest", "9223372036854775807"],
      ["over", "9223372036854775808"],
    ]),
  });
  for (const { expression, fits } of cases) {
    const [key, operator, ...values] = expression;
    it(`${key} ${operator} [${values.join(", ")}]: ${fits ? "fits" : "is refused"}`, () => {
      const term = { matchExpressions: [{ key, operator, values }], matchFields: [] };
      assert.equal(
        answerOf(predicates, shapeOf({ ...IDLE, requiredNodeTerms: [term] }), node),
        fits ? "fits" : AFFINITY,
      );
    });
  }

  const inZone = (zone: string) => ({ key: "zone", operator: "In" as const, values: [zone] });
  const onNode = (name: string) => ({ key: "metadata.name", operator: "In" as const, values: [name] });
  const shapes: readonly { readonly name: string; readonly shape: Partial<Shape>; readonly answer: string }[] = [
    {
      name: "every pair of the selector is a label",
      shape: {
        nodeSelector: new Map([
          ["zone", "a"],
          ["cores", "8"],
        ]),
      },
      answer: "fits",
    },
    {
      name: "one pair of the selector is not",
      shape: {
        nodeSelector: new Map([
          ["zone", "a"],
          ["cores", "9"],
        ]),
      },
      answer: AFFINITY,
    },
    {
      name: "a selector for an empty value needs the label",
      shape: { nodeSelector: new Map([["absent", ""]]) },
      answer: AFFINITY,
    },
    { name: "no terms at all match nothing", shape: { requiredNodeTerms: [] }, answer: AFFINITY },
    {
      name: "an empty term matches nothing",
      shape: { requiredNodeTerms: [{ matchExpressions: [], matchFields: [] }] },
      answer: AFFINITY,
    },
    {
      name: "beside an empty term another one may match",
      shape: {
        requiredNodeTerms: [
          { matchExpressions: [], matchFields: [] },
          { matchExpressions: [inZone("a")], matchFields: [] },
        ],
      },
      answer: "fits",
    },
    {
      name: "terms are alternatives",
      shape: {
        requiredNodeTerms: [
          { matchExpressions: [inZone("b")], matchFields: [] },
          { matchExpressions: [inZone("a")], matchFields: [] },
        ],
      },
      answer: "fits",
    },
    {
      name: "requirements of one term must all hold",
      shape: { requiredNodeTerms: [{ matchExpressions: [inZone("a"), inZone("b")], matchFields: [] }] },
      answer: AFFINITY,
    },
    {
      name: "matchFields name the node",
      shape: { requiredNodeTerms: [{ matchExpressions: [], matchFields: [onNode("n")] }] },
      answer: "fits",
    },
    {
      name: "matchFields name another node",
      shape: { requiredNodeTerms: [{ matchExpressions: [], matchFields: [onNode("m")] }] },
      answer: AFFINITY,
    },
    {
      name: "fields and expressions of one term must both hold",
      shape: { requiredNodeTerms: [{ matchExpressions: [inZone("b")], matchFields: [onNode("n")] }] },
      answer: AFFINITY,
    },
    {
      name: "a label called metadata.name is no field",
      shape: { requiredNodeTerms: [{ matchExpressions: [onNode("n")], matchFields: [] }] },
      answer: AFFINITY,
    },
    {
      name: "selector and affinity must both hold",
      shape: {
        nodeSelector: new Map([["zone", "b"]]),
        requiredNodeTerms: [{ matchExpressions: [inZone("a")], matchFields: [] }],
      },
      answer: AFFINITY,
    },
  ];
  for (const c of shapes) {
    it(c.name, () => {
      assert.equal(answerOf(predicates, shapeOf({ ...IDLE, ...c.shape }), node), c.answer);
    });
  }
});

describe("host ports", () => {
  const cases: readonly {
    readonly name: string;
    readonly taken: readonly HostPort[];
    readonly wanted: readonly HostPort[];
    readonly answer: string;
  }[] = [
    { name: "another port", taken: [port(80)], wanted: [port(81)], answer: "fits" },
    { name: "the same port", taken: [port(80)], wanted: [port(80)], answer: PORTS },
    { name: "another protocol", taken: [port(80)], wanted: [port(80, { protocol: "UDP" })], answer: "fits" },
    {
      name: "two addresses",
      taken: [port(80, { ip: "10.0.0.1" })],
      wanted: [port(80, { ip: "10.0.0.2" })],
      answer: "fits",
    },
    {
      name: "the same address",
      taken: [port(80, { ip: "10.0.0.1" })],
      wanted: [port(80, { ip: "10.0.0.1" })],
      answer: PORTS,
    },
    { name: "the wildcard is taken", taken: [port(80)], wanted: [port(80, { ip: "10.0.0.1" })], answer: PORTS },
    { name: "the wildcard is wanted", taken: [port(80, { ip: "10.0.0.1" })], wanted: [port(80)], answer: PORTS },
    {
      name: ":: is an address like any other",
      taken: [port(80, { ip: "::" })],
      wanted: [port(80, { ip: "10.0.0.1" })],
      answer: "fits",
    },
    { name: "one of several is taken", taken: [port(80)], wanted: [port(81), port(80)], answer: PORTS },
    { name: "nothing wanted", taken: [port(80)], wanted: [], answer: "fits" },
  ];
  for (const c of cases) {
    it(`${c.name}: ${c.answer === "fits" ? "fits" : "is refused"}`, () => {
      const node = nodeWith("n");
      const room = roomOn(node, [shapeOf({ ...IDLE, hostPorts: c.taken })]);
      assert.equal(answerOf(predicates, shapeOf({ ...IDLE, hostPorts: c.wanted }), node, room), c.answer);
    });
  }

  it("a pod that is leaving still has its port", () => {
    const node = nodeWith("n");
    const holder = shapeOf({ ...IDLE, hostPorts: [port(80)] });
    assert.equal(answerOf(predicates, holder, node, roomOn(node, [], [holder])), PORTS);
  });
});

describe("switches of the predicates plugin", () => {
  const bad = nodeWith("n", {
    isReady: false,
    unschedulable: true,
    taints: [{ key: "t", value: "", effect: "NoSchedule" }],
  });
  const shape = shapeOf({ requests: requestsOf(0, 0), nodeSelector: new Map([["zone", "x"]]), hostPorts: [port(80)] });
  const room = roomOn(bad, [shapeOf({ ...IDLE, hostPorts: [port(80)] })]);
  const steps = [
    { off: "predicate.NodeReadyEnable", before: NOT_READY },
    { off: "predicate.NodeUnschedulableEnable", before: CORDONED },
    { off: "predicate.TaintTolerationEnable", before: TAINTED },
    { off: "predicate.NodeAffinityEnable", before: AFFINITY },
    { off: "predicate.NodePortsEnable", before: PORTS },
  ];
  it("each switch turns off its predicate and no other; asked in kube-scheduler's order", () => {
    const values = new Map<string, boolean>();
    for (const { off, before } of steps) {
      assert.equal(answerOf(predicates, shape, bad, room, values as Arguments), before);
      values.set(off, false);
    }
    assert.equal(answerOf(predicates, shape, bad, room, values as Arguments), "fits");
  });

  it("every switch is an argument, on by default", () => {
    assert.deepEqual(
      Object.entries(predicates.arguments).map(([name, spec]) => [name, spec.default]),
      steps.map(({ off }) => [off, true]),
    );
  });
});
