import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { selectionWord, shellWord } from "../../src/model/shellWord.ts";

test("a word of a suggested command comes out of a shell as it was meant", () => {
  for (const word of ["raw/orders", "bad key!", "it's", "$HOME", "a;b", "*", "päckchen (neu)", 'a"b', "-"]) {
    expect(execFileSync("sh", ["-c", `printf %s ${shellWord(word)}`], { encoding: "utf8" })).toBe(word);
  }
  expect(shellWord("raw/orders")).toBe("raw/orders");
});

test("a key is pasted as a selection of this key", () => {
  expect(selectionWord("raw/orders" as AssetKey)).toBe("raw/orders");
  expect(selectionWord("bad key!" as AssetKey)).toBe(`'"bad key!"'`);
});
