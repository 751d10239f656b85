// Lint: typescript-eslint's strictTypeChecked, the bans of scripts/lint, and a few rules of our own choice.
// A rule is off only with its reason beside it.

import tseslint from "typescript-eslint";
import { bans } from "./scripts/lint/bans.ts";
import { noStringKeys } from "./scripts/lint/no-string-keys.ts";

export default tseslint.config(
  { ignores: ["node_modules/", "dist/", "coverage/", ".cache/", "**/*.d.mts"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { local: { rules: { "no-string-keys": noStringKeys } } },
    languageOptions: { parserOptions: { projectService: true } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-param-reassign": "error",
      "no-shadow": "off",
      "@typescript-eslint/no-shadow": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      // Every member of a union has its case; `default` holds assertNever and does not stand in for a case.
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        {
          allowDefaultCaseForExhaustiveSwitch: true,
          considerDefaultExhaustiveForUnions: false,
          requireDefaultForNonUnion: true,
        },
      ],
      // Numbers and booleans read well in messages; objects, null and undefined do not.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // `() => list.push(x)` and `return fail(x)` are shorter and no less clear.
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      "@typescript-eslint/no-unnecessary-condition": [
        "error",
        { allowConstantLoopConditions: "only-allowed-literals" },
      ],
      // noUncheckedIndexedAccess makes every index loop write `!`; the compiler already asks everywhere else.
      "@typescript-eslint/no-non-null-assertion": "off",
      // An async method without await keeps one signature over implementations, and throws as a rejection.
      "@typescript-eslint/require-await": "off",
    },
  },
  {
    // What waits sees things change behind the compiler's back: to it, `signal.aborted` stays false across an await.
    files: ["src/{cache,commit,embedded,kube,leader,server}/**/*.ts", "src/scheduler.ts", "{cmd,test}/**/*.ts"],
    rules: { "@typescript-eslint/no-unnecessary-condition": "off" },
  },
  { files: ["src/**/*.ts"], rules: { "local/no-string-keys": "error" } },
  ...bans,
  {
    // The few scripts that must run without TypeScript, and the configurations of tools.
    files: ["**/*.mjs"],
    languageOptions: {
      globals: { process: "readonly", URL: "readonly", setInterval: "readonly", clearInterval: "readonly" },
    },
    rules: { eqeqeq: "error", "no-undef": "error", "no-unused-vars": "error", "prefer-const": "error" },
  },
);
