// The logger: one line per call whatever is in it, errors without stacks, and a reader that has stopped costs lines only.

import { Writable } from "node:stream";
import { assert } from "chai";
import { SchedulerError } from "../../src/model/index.ts";
import { BoundedSink, createLogger, silentLogger } from "../../src/telemetry/index.ts";
import type { Logger, LogLevel } from "../../src/telemetry/index.ts";

function loggerTo(lines: string[], level: LogLevel = "info", format: "json" | "pretty" = "json"): Logger {
  return createLogger({ level, format, sink: { write: (line) => lines.push(line) }, wallMs: () => 1_000 });
}

function only(lines: readonly string[]): Record<string, unknown> {
  assert.lengthOf(lines, 1);
  return JSON.parse(lines[0] ?? "") as Record<string, unknown>;
}

describe("logger", () => {
  it("writes one JSON object a line", () => {
    const lines: string[] = [];
    loggerTo(lines).info({ group: "ns/g" }, "bind");
    assert.deepEqual(lines, ['{"level":30,"time":1000,"group":"ns/g","msg":"bind"}\n']);
  });

  it("keeps what users write on one line, and short", () => {
    for (const format of ["json", "pretty"] as const) {
      const lines: string[] = [];
      loggerTo(lines, "info", format).info({ message: `a\nb\u001b[31m\u009b${"x".repeat(100_000)}` }, "discard");
      assert.lengthOf(lines, 1);
      const line = lines[0] ?? "";
      assert.notMatch(line.trimEnd(), /[\n\u001b]/, format);
      if (format === "pretty") assert.notInclude(line, "\u009b");
      assert.isBelow(line.length, 2_500);
    }
  });

  it("shows an error's code and cause, and its stack at debug only", () => {
    const err = new SchedulerError("api", "refused", { cause: new Error("socket") });
    const atInfo: string[] = [];
    loggerTo(atInfo).error({ err }, "request failed");
    assert.deepEqual(only(atInfo)["err"], { type: "SchedulerError", code: "api", message: "refused", cause: "socket" });
    const atDebug: string[] = [];
    loggerTo(atDebug, "debug").error({ err }, "request failed");
    assert.match((only(atDebug)["err"] as { stack: string }).stack, /^SchedulerError: refused\n\s+at /);
  });

  it("can say nothing", () => {
    silentLogger().fatal("nothing");
  });
});

describe("bounded sink", () => {
  it("drops and counts lines that nobody reads, and goes on when somebody does", async () => {
    let release: () => void = () => undefined;
    const received: string[] = [];
    const stream = new Writable({
      decodeStrings: false,
      write: (line: string, _encoding, done) => {
        received.push(line);
        release = done;
      },
    });
    let dropped = 0;
    const sink = new BoundedSink(stream, () => (dropped += 1), 100);
    const line = `${"x".repeat(39)}\n`;
    for (let i = 0; i < 5; i++) sink.write(line);
    assert.equal(sink.dropped, 3);
    assert.equal(dropped, 3);

    release();
    await new Promise(setImmediate);
    release();
    await new Promise(setImmediate);
    sink.write("after\n");
    assert.deepEqual(received, [line, line, "after\n"]);
    assert.equal(sink.dropped, 3);
  });

  it("survives a reader that is gone", async () => {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error("EPIPE")) });
    const sink = new BoundedSink(stream);
    sink.write("first\n");
    await new Promise(setImmediate);
    sink.write("second\n");
    assert.equal(sink.dropped, 1);
  });
});
