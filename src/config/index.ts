// The scheduler configuration: read, checked against the catalogue of actions and plugins, defaults filled in.

export { BUILT_IN_CONFIGURATION, builtInPolicy, readPolicy } from "./read-policy.ts";
