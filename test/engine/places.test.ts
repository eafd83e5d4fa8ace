import { expect, test } from "vitest";
import { createPlaces } from "../../src/engine/places.ts";

test("what goes on behind leaves one place for what people ask for, and who waits takes a place over", async () => {
  const places = createPlaces(3, () => {});
  const leave = [await places.take("back"), await places.take("back")];
  let third = false;
  void places.take("back").then(() => {
    third = true;
  });
  const leaveFront = await places.take("front");
  expect(places.room("front", 0)).toBe(0);
  leaveFront();
  await Promise.resolve();
  expect(third).toBe(false);
  leave[0]?.();
  await new Promise(resolve => setImmediate(resolve));
  expect(third).toBe(true);
  expect(places.room("front", 0)).toBe(1);
});

test("short runs of backfills are claimed ahead of their places", async () => {
  const changes: number[] = [];
  const places = createPlaces(10, claimable => changes.push(claimable));
  expect(places.claimable()).toBe(9);
  (await places.take("back"))();
  expect(changes).toEqual([27]);
  expect(places.room("back", 20)).toBe(7);
  expect(places.room("front", 20)).toBe(10);
});
