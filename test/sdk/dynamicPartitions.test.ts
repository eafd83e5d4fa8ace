import { asset, dynamicPartitions, materialize, staticPartitions } from "millrace";
import { describe, expect, test } from "vitest";
import { runStep } from "../../src/sdk/step.ts";
import { fakeEdge } from "./fakeEdge.ts";

const customers = dynamicPartitions("customers");

describe("an asset adds and removes partitions while it runs", () => {
  test("and a unit test sees which", async () => {
    const found = asset("found", {
      materialize: async (_, { partitions }) => {
        await partitions.add(customers, ["ada", "grace"]);
        await partitions.add("customers", "ada");
        await partitions.remove("customers", ["grace", "nobody"]);
        return [{ n: 2 }];
      },
    });
    const result = await materialize([found]);
    expect(result.dynamicKeys("customers")).toEqual(["ada"]);
    expect(result.dynamicKeys("files")).toEqual([]);
  });

  test("of which the edge hears one change after the other, and nothing when there is none", async () => {
    const changes: unknown[] = [];
    const found = asset("found", {
      materialize: async (_, { partitions }) => {
        await partitions.add(customers, []);
        await partitions.add(customers, ["ada"]);
        await partitions.remove(customers, "ada");
      },
    });
    const { edge } = fakeEdge();
    await runStep(found, {
      ...edge,
      changeDynamicKeys: async (name, change) => void changes.push([name, change]),
    });
    expect(changes).toEqual([
      ["customers", { add: ["ada"] }],
      ["customers", { remove: ["ada"] }],
    ]);
  });

  test.each<[unknown, unknown, string]>([
    ["customers", [""], "partitions.add is given an array as keys"],
    ["customers", "", "A partition key is empty"],
    ["customers", "a...b", 'The partition key "a...b" holds "..."'],
    ["customers", 5, "partitions.add is given 5 as keys"],
    [staticPartitions(["a"]), "b", "partitions.add is given static partitions, whose keys do not change"],
    ["", "b", 'partitions.add is given the text ""'],
  ])("that are wrong are refused: %j %j", async (name, keys, message) => {
    const wrong = asset("wrong", {
      materialize: (_, { partitions }) => partitions.add(name as never, keys as never),
    });
    await expect(materialize([wrong])).rejects.toThrow(message);
  });
});
