// Bans are the lint rules about what src may reach: time, randomness, timers, transport, files and the process only
// through the injected Env, packages only at home (scripts/boundaries.ts), and none of the JavaScript traps that
// have no place in a decision. cmd, test and scripts are free.

import { builtinModules } from "node:module";
import type { Linter } from "eslint";
import { arrows, nodeModuleHomes, packageHomes } from "../boundaries.ts";

const throughEnv = "src reaches clock, randomness, timers, transport, files and the process only through Env.";
const oneParser = 'It accepts "", "12abc" and " 3 "; use a checked parser.';
const byLocale = "Its order and output depend on the locale; compare code units.";

const globals = [
  ...["performance", "fetch", "WebSocket", "EventSource", "process", "crypto", "globalThis"],
  ...["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate"],
].map((name) => ({ name, message: throughEnv }));

const otherGlobals = [
  { name: "console", message: "Logs go through the logger of telemetry; the core appends Decisions." },
  { name: "Intl", message: byLocale },
  { name: "parseInt", message: oneParser },
  { name: "parseFloat", message: oneParser },
];

const properties = [
  { object: "Date", property: "now", message: throughEnv },
  { object: "Math", property: "random", message: throughEnv },
  { object: "AbortSignal", property: "timeout", message: throughEnv },
  { object: "Object", property: "assign", message: "Parsed data may carry __proto__; spread instead." },
  { object: "Number", property: "parseInt", message: oneParser },
  { object: "Number", property: "parseFloat", message: oneParser },
  ...["localeCompare", "toLocaleString", "toLocaleLowerCase", "toLocaleUpperCase"].map((property) => ({
    property,
    message: byLocale,
  })),
];

const syntax = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: throughEnv },
  { selector: "CallExpression[callee.name='Date']", message: throughEnv },
  {
    selector: "BinaryExpression[operator='in'][left.type!='Literal']",
    message: '"constructor" is a legal name, and in every object; use Map.has or Object.hasOwn.',
  },
  { selector: "ForInStatement", message: "Object keys have no dependable order; iterate a Map or sorted keys." },
  { selector: "ImportExpression", message: "Imports are static, so that the arrows between folders can be checked." },
];

const noWaiting = [
  "AwaitExpression",
  "ForOfStatement[await=true]",
  ":function[async=true]",
  "NewExpression[callee.name='Promise']",
].map((selector) => ({
  selector,
  message: "The core is synchronous: nothing waits between opening a session and having its plan.",
}));

/** The folders that decide; they never wait. */
const core = ["model", "session", "actions", "plugins"];

/** Configurations for ESLint: one for all of src, and one for each folder with homes or rules of its own. */
export const bans: Linter.Config[] = [
  {
    name: "bans/src",
    files: ["src/**/*.ts"],
    rules: {
      "no-restricted-globals": ["error", ...globals, ...otherGlobals],
      "no-restricted-properties": ["error", ...properties],
      "no-restricted-syntax": ["error", ...syntax],
    },
  },
  {
    name: "bans/core",
    files: core.map((folder) => `src/${folder}/**/*.ts`),
    rules: { "no-restricted-syntax": ["error", ...syntax, ...noWaiting] },
  },
  ...([...arrows.keys()].map((folder) => ({
    name: `bans/imports of ${folder}`,
    files: [`src/${folder}/**/*.ts`, `src/${folder}.ts`],
    rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns: importsBannedIn(folder) }] },
  })) as Linter.Config[]),
];

function importsBannedIn(folder: string): object[] {
  const packages = [...packageHomes].filter(([, homes]) => !homes.includes(folder)).map(([name]) => name);
  const nodeModules = builtinModules
    .map((name) => (name.startsWith("node:") ? name : `node:${name}`))
    .filter((name) => !isAtHome(name, folder));
  return [
    {
      regex: `^(${packages.join("|")})(/|$)`,
      message: "This package is at home in other folders; see scripts/boundaries.ts.",
    },
    { regex: `^(${nodeModules.join("|")})$`, message: throughEnv, allowTypeImports: true },
    { group: ["node:crypto"], importNamePattern: "^(random|generate)", message: throughEnv },
    { regex: `^(${builtinModules.join("|")})$`, message: "Write node: in front of Node's own modules." },
  ];
}

function isAtHome(nodeModule: string, folder: string): boolean {
  const homes = nodeModuleHomes.get(nodeModule);
  return homes === "everywhere" || homes?.includes(folder) === true;
}
