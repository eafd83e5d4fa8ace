import { type CheckResult, memoryIo } from "millrace";
import type { AssetDefinition } from "../../src/sdk/definition.ts";
import type { InputContext, IoManager, OutputContext, StreamingSql } from "../../src/sdk/ioManager.ts";
import { logTo } from "../../src/sdk/log.ts";
import type { StepEdge } from "../../src/sdk/stepEdge.ts";

/** An edge without a database that remembers what happened, in memory. */
export function fakeEdge({
  rows = {},
  sqlResults = [],
  stage = () => {},
  load = () => {},
}: {
  rows?: Record<string, unknown>;
  sqlResults?: CheckResult[];
  stage?: (output: OutputContext) => void;
  load?: (input: InputContext) => void;
} = {}) {
  const memory = memoryIo();
  const happened: string[] = [];
  const lines: string[] = [];
  const published: unknown[] = [];
  const canceled = new AbortController();
  for (const [key, value] of Object.entries(rows)) memory.give(key as AssetDefinition["key"], value);
  const io: IoManager = {
    guarantee: "transactional",
    async stage(output, value) {
      stage(output);
      happened.push(`stage ${output.asset}`);
      const staged = await memory.stage(output, value);
      return {
        ...staged,
        async publish(transaction, checks) {
          happened.push(`publish ${output.asset}`);
          await staged.publish(transaction, []);
          return checks.length > 0 ? sqlResults : [];
        },
        discard: async () => void happened.push(`discard ${output.asset}`),
      };
    },
    async load(input) {
      load(input);
      happened.push(`load ${input.asset}`);
      return input.asset in rows ? memory.load(input) : [];
    },
  };
  const edge: StepEdge & { memory: typeof memory } = {
    memory,
    signal: canceled.signal,
    log: logTo((level, message) => lines.push(`${level} ${message}`)),
    runId: "run",
    stepId: "step",
    attempt: 3,
    assetSchema: "assets",
    slice: null,
    inputSlice: () => null,
    changeDynamicKeys: async () => {},
    io: () => io,
    async publish({ key }, work, facts) {
      happened.push("begin");
      try {
        const { checks } = await work({} as StreamingSql);
        happened.push("commit");
        published.push({ asset: key, facts, checks });
      } catch (error) {
        happened.push("rollback");
        throw error;
      }
    },
  };
  return { edge, io, happened, lines, published, cancel: () => canceled.abort() };
}
