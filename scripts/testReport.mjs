/**
 * A reporter of vitest for `npm test`: writes what passed, what failed and what passed only on a second try as JSON
 * to the file that MILLRACE_TEST_REPORT names.
 */
import { writeFileSync } from "node:fs";

// biome-ignore lint/style/noDefaultExport: vitest takes a reporter from a module's default export.
export default class TestReport {
  onTestRunEnd(modules, errors) {
    const report = { passed: 0, failed: [], flaky: [] };
    for (const module of modules) {
      // A file that could not even be loaded has no tests that could fail.
      for (const error of module.errors()) report.failed.push(line(module.relativeModuleId, error));
      for (const test of module.children.allTests()) add(report, module.relativeModuleId, test);
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors())
          report.failed.push(line(`${module.relativeModuleId} > ${suite.fullName}`, error));
      }
    }
    for (const error of errors) report.failed.push(line("outside of a test", error));
    writeFileSync(process.env.MILLRACE_TEST_REPORT, JSON.stringify(report));
  }
}

function add(report, file, test) {
  const { state, errors = [] } = test.result();
  const title = `${file} > ${test.fullName}`;
  if (state === "failed") report.failed.push(line(title, errors[0]));
  if (state !== "passed") return;
  report.passed++;
  if (test.diagnostic()?.flaky) report.flaky.push(line(title, errors[0]));
}

function line(title, error) {
  return `${title}\n    ${String(error?.message ?? error).split("\n")[0]}`;
}
