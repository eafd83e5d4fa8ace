/**
 * npm test [-- VITEST ARGUMENT …]
 *
 * A browser for the tests in a real editor, the build, the checks, all tests. The last line counts them.
 * With arguments only the tests that vitest selects by them.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findChromium, installChromium, installCommand } from "./chromium.mjs";

const selected = process.argv.slice(2);
const reports = mkdtempSync(join(tmpdir(), "millrace-test-"));
process.on("exit", () => rmSync(reports, { recursive: true, force: true }));

process.env.CHROMIUM = requireChromium();
await requireSuccess(process.execPath, ["scripts/build.mjs"]);

const results =
  selected.length > 0
    ? [await vitest("selected", selected)]
    : [
        await check(),
        await vitest("tests", ["--exclude", "test/editor/**"]),
        // Each of these starts an editor and a browser; two at once would starve on two cores.
        // A click on what is drawn anew at that moment is lost, to people as to tests: who fails tries once more.
        await vitest("editor", ["test/editor", "--no-file-parallelism", "--retry=1"]),
      ];

const passed = sum(results.map(it => it.passed));
const failed = sum(results.map(it => it.failed));
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

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
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function vitest(name, args) {
  const report = join(reports, `${name}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const code = await run("vitest", ["run", "--passWithNoTests", ...reporters, ...args]);
  return countTests(report, code);
}

function countTests(report, code) {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, "utf8"));
    // A file that could not even be loaded has no tests that could fail.
    const broken = testResults.filter(
      it => it.status === "failed" && it.assertionResults.length === 0,
    ).length;
    const failed = numFailedTests + broken;
    return { passed: numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
  } catch {
    return { passed: 0, failed: code === 0 ? 0 : 1 };
  }
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

function sum(numbers) {
  return numbers.reduce((total, it) => total + it, 0);
}
