import { resolve } from "node:path";
import { expect, test } from "vitest";
import { rootOfLaunch } from "../../src/vscode/rootOfLaunch.ts";

const shop = { path: resolve("shop") };
const weather = { path: resolve("weather") };
const nested = { path: resolve("shop/packages/stock") };
const all = [shop, weather, nested];

test("an asset that one root declares is debugged there, whatever is looked at", () => {
  expect(rootOfLaunch([weather], resolve("shop"), shop)).toBe(weather);
  expect(rootOfLaunch([weather], undefined, undefined)).toBe(weather);
});

test("of roots with an asset of the same name, the one in the folder of launch.json is meant", () => {
  expect(rootOfLaunch(all, resolve("weather"), shop)).toBe(weather);
  expect(rootOfLaunch([shop, weather], resolve("shop"), undefined)).toBe(shop);
});

test("of several in that folder, the one that somebody looks at; who looks elsewhere is asked", () => {
  expect(rootOfLaunch(all, resolve("shop"), nested)).toBe(nested);
  expect(rootOfLaunch(all, resolve("shop"), weather)).toBeUndefined();
  expect(rootOfLaunch(all, undefined, undefined)).toBeUndefined();
});
