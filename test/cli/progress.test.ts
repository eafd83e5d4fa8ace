import { spawn } from "node:child_process";
import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await testWorkspace({
    "assets.ts": `
      import { asset } from "millrace";
      const pause = () => new Promise(resolve => setTimeout(resolve, 700));
      export const first = asset("first", { materialize: async (_, { log }) => {
        await pause();
        log.info("halfway");
        await pause();
        return [{ id: 1 }];
      } });
      export const second = asset("an/asset_with_a_name_that_is_much_longer_than_the_terminal_is_wide", {
        inputs: { first }, materialize: async () => { await pause(); return [] },
      });
      export const third = asset("third", { inputs: { second }, materialize: () => { throw new Error("no luck") } });`,
  });
});
afterAll(() => workspace?.remove());

test("on a terminal each step is one line that is rewritten while it runs, and none is left behind", async () => {
  const { code, screens } = await onTerminal(["materialize", "+third"], 60);

  const shown = screens.map(lines => lines.map(it => it.replace(/[\d.]+ m?s\b/g, "TIME")));
  expect(shown).toContainEqual(["▸ first  TIME", "… 2 queued"]);
  expect(shown).toContainEqual(["first │ halfway", "▸ first  TIME", "… 2 queued"]);
  expect(new Set(screens.flat().filter(it => /^▸ first .* m?s$/.test(it))).size).toBeGreaterThan(5);
  expect(screens.flat()).toContainEqual(expect.stringMatching(/^▸ an\/asset_with.{43}…$/));
  expect(shown.at(-1)?.filter(it => !it.startsWith("    at "))).toEqual([
    "first │ halfway",
    "third │ Error: no luck",
    "✓ first  TIME  1 row",
    "✓ an/asset_with_a_name_that_is_much_longer_than_the_terminal_is_wide  TIME  0 rows",
    "✗ third  TIME  no luck  assets.ts:13",
    "2 materialized, 1 failed in TIME",
  ]);
  expect(code).toBe(1);
});

test("Ctrl-C on a terminal cancels the run, and says so where it stays", async () => {
  const { code, screens } = await onTerminal(["materialize", "first"], 60, /▸ first/);
  expect(screens.at(-1)?.map(it => it.replace(/[\d.]+ m?s\b/g, "TIME"))).toEqual([
    "Canceling… (Ctrl-C again leaves at once)",
    "⊘ first  TIME",
    "1 canceled in TIME",
  ]);
  expect(code).toBe(130);
});

/**
 * Runs the command line in a terminal of so many columns; answers what stood on its screen after each write.
 * Ctrl-C is pressed as soon as the screen says something.
 */
async function onTerminal(args: string[], columns: number, interruptAt?: RegExp) {
  const command = `stty cols ${columns} rows 24; exec "$0" src/cli/main.ts --root "$ROOT" "$@"`;
  const inTerminal = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
  const { NO_COLOR: _, CI: __, ...env } = process.env;
  const child = spawn("python3", ["-c", inTerminal, "sh", "-c", command, process.execPath, ...args], {
    env: { ...env, TERM: "xterm", MILLRACE_DATABASE_URL: workspace.url, ROOT: workspace.root },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const screens: string[][] = [];
  let written = "";
  child.stdout.setEncoding("utf8").on("data", text => {
    written += text;
    const screen = screenOf(written);
    const isTime = interruptAt !== undefined && screen.some(it => interruptAt.test(it));
    if (isTime && !screens.some(it => it.some(line => interruptAt.test(line)))) child.stdin.write("\u0003");
    screens.push(screen);
  });
  const [code] = await once(child, "close");
  return { code, screens };
}

/** What a terminal shows of it that knows how to go up and to clear what is below. */
function screenOf(written: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is how a terminal is told.
  const parts = written.split(/\u001b\[(\d+)A\u001b\[J/);
  const lines = [""];
  for (const [at, part] of parts.entries()) {
    if (at % 2 === 1) lines.splice(lines.length - 1 - Number(part), Number(part) + 1, "");
    else {
      const [head = "", ...rest] = stripVTControlCharacters(part).split("\r\n");
      lines.push((lines.pop() ?? "") + head, ...rest);
    }
  }
  return lines.filter(Boolean);
}
