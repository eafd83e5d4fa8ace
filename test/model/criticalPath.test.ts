import { describe, expect, test } from "vitest";
import { criticalPath, type TimedStep } from "../../src/model/criticalPath.ts";

const step = (id: string, from: number | null, to: number | null, ...dependsOn: string[]): TimedStep => ({
  id,
  dependsOn,
  startedAt: from,
  endedAt: to,
});

describe("the critical path", () => {
  test("goes from the step that ended last back over what each waited for longest", () => {
    const steps = [
      step("orders", 0, 3),
      step("visits", 0, 8),
      step("clean", 3, 5, "orders"),
      step("joined", 8, 9, "clean", "visits"),
      step("report", 5, 6, "clean"),
    ];
    expect(criticalPath(steps)).toEqual(["visits", "joined"]);
  });

  test("leaves out what never began, and what is named but not there", () => {
    const steps = [step("a", 0, 2), step("b", null, null, "a"), step("c", 2, 3, "a", "gone")];
    expect(criticalPath(steps)).toEqual(["a", "c"]);
    expect(criticalPath([step("b", null, null)])).toEqual([]);
  });

  test("ends although a step waits for itself by way of another", () => {
    expect(criticalPath([step("a", 0, 2, "b"), step("b", 0, 3, "a")])).toEqual(["a", "b"]);
  });
});
