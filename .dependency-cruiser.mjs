// Import directions: exactly the arrows of scripts/boundaries.ts, and no cycles between files.

import { builtinModules } from "node:module";
import { arrows, nodeModuleHomes, packageHomes, pathPattern } from "./scripts/boundaries.ts";

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
const folders = [...arrows.keys()];
const nodeModules = builtinModules.filter((name) => !name.startsWith("_")).map(escape);

/** From the folders that may, to a package or a module of Node. */
function home(name, homes, path) {
  return homes.length === 0
    ? []
    : [{ from: { path: homes.map(pathPattern) }, to: { path }, comment: `${name} is at home here` }];
}

export default {
  forbidden: [
    {
      name: "no-cycles",
      severity: "error",
      comment: "Files that run each other cannot be read, tested or moved one at a time; types may refer back.",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
  ],
  allowedSeverity: "error",
  allowed: [
    { comment: "cmd, tests and scripts may import anything", from: { path: "^(cmd|test|scripts)/" }, to: {} },
    ...folders.map((name) => ({
      comment: `src/${name}`,
      from: { path: pathPattern(name) },
      to: { path: [name, ...arrows.get(name)].map(pathPattern) },
    })),
    ...[...packageHomes].flatMap(([name, homes]) => home(name, homes, `^node_modules/${escape(name)}/`)),
    ...[...nodeModuleHomes].flatMap(([name, homes]) =>
      home(name, homes === "everywhere" ? folders : homes, `^(node:)?${escape(name.slice("node:".length))}$`),
    ),
    {
      comment: "types of Node's modules are harmless; what they do at run time is not",
      from: { path: "^src/" },
      to: { path: `^(node:)?(${nodeModules.join("|")})$`, dependencyTypes: ["type-only"] },
    },
  ],
  options: {
    tsPreCompilationDeps: true, // imports of types are imports
    tsConfig: { fileName: "tsconfig.json" },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
