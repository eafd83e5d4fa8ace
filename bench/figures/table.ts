import { type Figure, isWithinBudget } from "./figure.ts";

/** The text of bench/README.md: what the last whole run measured. */
export function benchTable(figures: readonly Figure[], date: string, machine: string): string {
  const rows = figures.map(it => [
    it.figure,
    `${it.value} ${it.unit}`,
    it.budget === null ? "" : `${it.better === "lower" ? "≤" : "≥"} ${it.budget} ${it.unit}`,
    isWithinBudget(it) ? "✓" : "✗",
    `${it.n}`,
    `${it.min} … ${it.max}`,
    it.peer === null ? "" : `${it.peer.name}: ${it.peer.value} ${it.unit}`,
  ]);
  const table = [["figure", "value", "budget", "", "n", "min … max", "peer"], Array(7).fill("---"), ...rows];
  return `# Figures

Written by \`npm run bench\` on ${date}.
Machine: ${machine}.
\`npm run bench -- NAME\` measures one file of this folder and writes nothing here.
What becomes of work while its engines, its database and its network are killed stands in [faults.md](faults.md).

${table.map(cells => `| ${cells.join(" | ")} |`).join("\n")}
`;
}
