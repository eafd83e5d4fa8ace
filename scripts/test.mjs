/**
 * npm test [-- VITEST ARGUMENT …]
 *
 * A browser for the tests in a real editor, the build, the checks, all tests. The last line counts them.
 * With arguments only the tests that vitest selects by them.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findChromium, installChromium, installCommand } from "./chromium.mjs";

const selected = process.argv.slice(2);
const reports = mkdtempSync(join(tmpdir(), "millrace-test-"));
process.on("exit", () => rmSync(reports, { recursive: true, force: true }));

process.env.CHROMIUM = requireChromium();
await requireSuccess(process.execPath, ["scripts/build.mjs"]);

// What is lost to a busy machine once is tried once more, and said at the end.
const twice = "--retry=1";
const results =
  selected.length > 0
    ? [await vitest("selected", selected)]
    : [
        await check(),
        await vitest("tests", ["--project=code", twice]),
        // Each of these starts an editor and a browser; two at once would starve on two cores.
        await vitest("editor", ["--project=editor", "--no-file-parallelism", twice]),
      ];

const passed = results.reduce((sum, it) => sum + it.passed, 0);
const failed = results.flatMap(it => it.failed);
list(
  "Passed on a second try only",
  results.flatMap(it => it.flaky),
);
list("Failed", failed);
console.log(`\n${passed} passed, ${failed.length} failed`);
process.exit(failed.length === 0 && passed > 0 ? 0 : 1);

function requireChromium() {
  const found = findChromium() ?? installChromium();
  if (found !== null) return found;
  const named = process.env.CHROMIUM ? `CHROMIUM names ${process.env.CHROMIUM}, which does not exist. ` : "";
  console.error(
    `${named}The tests in a real editor need Chromium. Install it with\n\n  ${installCommand}\n\nor name another one in CHROMIUM, then run npm test again.`,
  );
  process.exit(2);
}

async function requireSuccess(command, args) {
  const code = await run(command, args);
  if (code !== 0) process.exit(code);
}

/** Format, lint and types count as one test. */
async function check() {
  const code = await run("npm", ["run", "--silent", "check"]);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? [] : ["npm run check"], flaky: [] };
}

async function vitest(name, args) {
  const report = join(reports, `${name}.json`);
  process.env.MILLRACE_TEST_REPORT = report;
  const code = await run("vitest", [
    "run",
    "--passWithNoTests",
    "--reporter=default",
    "--reporter=./scripts/testReport.mjs",
    ...args,
  ]);
  return readReport(report, name, code);
}

function readReport(file, name, code) {
  const { passed, failed, flaky } = existsSync(file)
    ? JSON.parse(readFileSync(file, "utf8"))
    : { passed: 0, failed: [], flaky: [] };
  if (code !== 0 && failed.length === 0) failed.push(`${name}: vitest ended with exit code ${code}`);
  return { passed, failed, flaky };
}

/** Answers the exit code; Ctrl+C ends us as well. */
function run(command, args) {
  const child = spawn(command, args, { stdio: "inherit", shell: process.platform === "win32" });
  const stop = signal => child.kill(signal);
  process.once("SIGTERM", stop);
  return new Promise(resolve => {
    child.once("error", error => {
      console.error(`${command}: ${error.message}`);
      resolve(1);
    });
    child.once("exit", (code, signal) => {
      process.off("SIGTERM", stop);
      if (signal !== null) process.exit(130);
      resolve(code);
    });
  });
}

function list(heading, titles) {
  if (titles.length > 0) console.log(`\n${heading}:\n${titles.map(it => `  ${it}`).join("\n")}`);
}
