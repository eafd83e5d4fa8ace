/** npm run weather -- [--days N] [--end YYYY-MM-DD] [--seed N]: the sample's data, the same every day. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { csvOf, daysUntil } from "./weather/csvFile.ts";
import { parseOptions, usage } from "./weather/options.ts";

const clone = fileURLToPath(new URL("..", import.meta.url));
const folder = join(clone, "sample-workspace", "data");

const options = parseOptions(process.argv.slice(2));
if ("help" in options) {
  console.log(usage);
} else if ("error" in options) {
  console.error(`${options.error}\n\n${usage}`);
  process.exitCode = 2;
} else {
  const days = daysUntil(options.end, options.days);
  mkdirSync(folder, { recursive: true });
  for (const day of days) writeFileSync(join(folder, `readings-${day}.csv`), csvOf(day, options.seed));
  const range = days.length === 1 ? days[0] : `${days[0]} … ${days.at(-1)}`;
  const count = days.length === 1 ? "1 day" : `${days.length} days`;
  console.log(`✓ ${count} of weather in ${relative(clone, folder)}: ${range}`);
}
