/**
 * npm run bench [-- NAME …]
 *
 * Runs `bench(report)` of every file beside this one, or of those named. Figures go to standard output, one
 * JSON object per line; all else to standard error. When all were run, README.md gets the table.
 */
import { spawnSync } from "node:child_process";
import { globSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { basename } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { benchTable } from "./figures/table.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
const names = globSync("*.ts", { cwd: folder })
  .map(file => basename(file, ".ts"))
  .sort();
const wanted = process.argv.slice(2);
const unknown = wanted.filter(name => !names.includes(name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}. There are: ${names.join(", ")}.`);
  process.exit(2);
}

const build = spawnSync(process.execPath, [fileURLToPath(new URL("../scripts/build.mjs", import.meta.url))], {
  stdio: ["ignore", 2, 2],
});
if (build.status !== 0) process.exit(1);

// What is measured may talk; standard output belongs to the figures.
console.log = console.error;

const figures = [];
for (const name of wanted.length > 0 ? wanted : names) {
  console.error(`▸ ${name}`);
  const { bench } = await import(pathToFileURL(`${folder}${name}.ts`).href);
  try {
    await bench(report);
  } catch (error) {
    console.error(`✗ ${name}`, error);
    process.exitCode = 1;
  }
}
if (wanted.length === 0 && process.exitCode === undefined) {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}, Node ${process.version}`;
  writeFileSync(`${folder}README.md`, benchTable(figures, new Date().toISOString().slice(0, 10), machine));
}
process.exit();

function report(figure) {
  figures.push(figure);
  process.stdout.write(`${JSON.stringify(figure)}\n`);
}
