/**
 * npm run chaos [-- WORD …]
 *
 * Inflicts each fault on work that goes on, many times, and prints what became of the work. With words only the
 * faults that hold one of them. Exits 1 when anything was lost or done twice. A fault that this machine does not let
 * us inflict is no harm, and is said not to be shown. When all were inflicted, bench/faults.md gets the table.
 */
import { writeFileSync } from "node:fs";
import color from "picocolors";
import { isHarmless, long } from "../test/chaos/scenario.ts";
import { scenarios } from "../test/chaos/scenarios.ts";

const words = process.argv.slice(2);
const wanted = scenarios.filter(({ fault }) => words.length === 0 || words.some(it => fault.includes(it)));
if (wanted.length === 0) {
  console.error(
    `There is no fault with ${words.join(", ")}. There are: ${scenarios.map(it => it.fault).join("; ")}.`,
  );
  process.exit(2);
}

const told = [];
const width = Math.max(...wanted.map(({ fault }) => fault.length));
console.log(color.dim(row("fault", ["strikes", "wanted", "made", "twice", "took"], "")));
let harm = 0;
for (const scenario of wanted) {
  const since = performance.now();
  const hindrance = scenario.hindrance?.() ?? null;
  if (hindrance !== null) {
    console.log(color.dim(`${row(scenario.fault, ["", "", "", "", ""], "–")}  not shown here: ${hindrance}`));
    continue;
  }
  const seconds = () => `${Math.round((performance.now() - since) / 1000)} s`;
  try {
    const outcome = await scenario.run(long);
    const { strikes, wanted, made, twice, faults } = outcome;
    const isGood = isHarmless(outcome);
    if (!isGood) harm++;
    told.push([scenario.fault, strikes, wanted, made, twice, seconds(), isGood ? "✓" : "✗"]);
    const mark = isGood ? color.green("✓") : color.red("✗");
    console.log(
      `${row(scenario.fault, [strikes, wanted, made, twice, seconds()], mark)}  ${faults.join("; ")}`,
    );
  } catch (error) {
    harm++;
    console.log(row(scenario.fault, ["", "", "", "", seconds()], color.red("✗")), error);
  }
}
if (words.length === 0 && harm === 0) {
  const file = new URL("../bench/faults.md", import.meta.url);
  writeFileSync(file, faultsTable(told, new Date().toISOString().slice(0, 10)));
}
process.exit(harm === 0 ? 0 : 1);

function faultsTable(rows, date) {
  const table = [["fault", "strikes", "wanted", "made", "twice", "took", ""], Array(7).fill("---"), ...rows];
  return `# Faults

Written by \`npm run chaos\` on ${date}: each fault is inflicted again and again on work that goes on, until all of it is made.

${table.map(cells => `| ${cells.join(" | ")} |`).join("\n")}
`;
}

function row(fault, cells, mark) {
  return [fault.padEnd(width), ...cells.map(it => String(it).padStart(7)), mark].join("  ");
}
