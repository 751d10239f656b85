// The embedded API server: a small, honest Kubernetes API for the demo, simulate, tests and simulation. One deterministic state
// machine (EmbeddedApi) with two faces, in memory and plain HTTP on loopback. Held to kube-apiserver 1.36 by test/api-suite.
//
// What it does not do: it does not know every field of every kind (unknown fields are kept, and of wrong types only those are
// refused that the server itself works with); of protobuf it reads what kubectl sends and writes none; it has no YAML, gzip, TLS,
// API priority, audit, webhooks, ResourceQuota or LimitRange admission, node authorizer, logs, exec, port-forward or resize; of
// the schemas of custom resources it leaves out patterns, formats and CEL; owners of fields (managedFields) are kept only from an
// object's first server-side apply on; a CustomResourceDefinition is established at once, and its instances go with it; history
// is bounded by a number of changes, not by time. Controllers and kubelets are actors (actors/): each run starts those it wants.

export { ANONYMOUS, ADMINISTRATOR, type User } from "./access.ts";
export { EmbeddedApi, type EmbeddedApiOptions } from "./api.ts";
export { ApiFailure } from "./failure.ts";
export * as failures from "./failure.ts";
export { serveHttp, type HttpFace, type HttpOptions } from "./http.ts";
export { InMemoryClient, type ClientErrors, type InMemoryOptions } from "./in-memory.ts";
export { apiVersionOf, Kinds, storageOf } from "./kinds.ts";
export { Store } from "./store.ts";
export type * from "./types.ts";
