import { expect, test } from "vitest";
import { type LostRunStep, restOfRun } from "../../src/model/runRest.ts";

const step = (
  position: number,
  status: string,
  lost: LostRunStep["lost"],
  ...dependsOn: number[]
): LostRunStep => ({
  position,
  status,
  lost,
  dependsOn,
});
const draw = (steps: LostRunStep[]) =>
  restOfRun(steps).map(
    ({ step, dependsOn }) => `${step.position} after ${dependsOn.join(", ") || "nothing"}`,
  );

test("the rest of a lost run is what its engine took with it, in its order", () => {
  expect(
    draw([
      step(0, "succeeded", null),
      step(1, "failed", "engine", 0),
      step(2, "skipped", "engine", 0, 1),
      step(3, "skipped", "engine", 2),
    ]),
  ).toEqual(["1 after nothing", "2 after 0", "3 after 1"]);
});

test("what failed by itself, or of which nobody knows, is not repeated, nor what needs it", () => {
  expect(
    draw([
      step(0, "failed", null),
      step(1, "skipped", null, 0),
      step(2, "unknown", null),
      step(3, "skipped", "engine", 2),
      step(4, "failed", "engine"),
    ]),
  ).toEqual(["4 after nothing"]);
});
