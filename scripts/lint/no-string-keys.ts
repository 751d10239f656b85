// A lint rule: objects are not maps. `counts[namespace]` on a plain object finds Object.prototype for the perfectly
// legal name `constructor`, and writing to it is worse; keys that are not known at compile time belong in a Map.

import type { Rule } from "eslint";
import ts from "typescript";

/** What typescript-eslint's parser offers to typed rules, as far as this one uses it. */
interface ParserServices {
  readonly program: ts.Program;
  getTypeAtLocation(node: unknown): ts.Type;
}

const notKnownAtCompileTime = ts.TypeFlags.String | ts.TypeFlags.TemplateLiteral;

export const noStringKeys: Rule.RuleModule = {
  meta: {
    type: "problem",
    schema: [],
    messages: {
      stringKey: 'A key of type string on a plain object: "constructor" is a legal name. Use a Map, or Object.entries.',
    },
  },
  create(context) {
    const services = context.sourceCode.parserServices as unknown as ParserServices;
    const checker = services.program.getTypeChecker();
    return {
      MemberExpression(node) {
        if (!node.computed || node.property.type === "Literal") return;
        if ((services.getTypeAtLocation(node.property).flags & notKnownAtCompileTime) === 0) return;
        const object = checker.getNonNullableType(services.getTypeAtLocation(node.object));
        if (checker.getIndexInfoOfType(object, ts.IndexKind.String) === undefined) return;
        context.report({ node, messageId: "stringKey" });
      },
    };
  },
};
