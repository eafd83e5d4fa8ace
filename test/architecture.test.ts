import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path/posix";
import { parse } from "@babel/parser";
import { describe, expect, test } from "vitest";

/** The table in ARCHITECTURE.md is the rule; this test is only its reader. */
const layers = readFileSync("ARCHITECTURE.md", "utf8")
  .split("\n")
  .filter(line => /^\| `(src\/\w+|webview)` +\|/.test(line))
  .map(line =>
    line
      .split("|")
      .slice(1, -1)
      .map(cell => cell.trim()),
  )
  .map(([folder = "", , folders = "", packages = ""]) => ({
    folder: folder.replaceAll("`", ""),
    folders: list(folders),
    packages: list(packages),
  }));

describe("imports follow the table in ARCHITECTURE.md", () => {
  for (const layer of layers) {
    test(`${layer.folder} imports only what the table allows`, () => {
      const offences = filesOf(layer.folder).flatMap(file =>
        importsOf(file)
          .filter(name => !allowed(layer, file, name))
          .map(name => `${file} → ${name}`),
      );
      expect(offences).toEqual([]);
    });
  }

  test("the table has a row for every folder of sources", () => {
    const folders = readdirSync("src").map(name => `src/${name}`);
    expect(layers.map(it => it.folder)).toEqual(expect.arrayContaining([...folders, "webview"]));
  });
});

describe("invariants of the model", () => {
  for (const file of filesOf("src/model")) {
    test(`${file} has no clock, no randomness and no async`, () => {
      const text = readFileSync(file, "utf8");
      expect(text).not.toMatch(
        /\basync\b|\bawait\b|Date\.now|new Date\(\)|Math\.random|performance\.now|randomUUID/,
      );
    });
  }
});

function allowed(layer: (typeof layers)[number], file: string, name: string) {
  if (name === "vscode") return layer.packages.includes("vscode");
  if (isBuiltin(name)) return layer.packages.includes("node");
  if (!name.startsWith(".")) return layer.packages.some(it => name === it || name.startsWith(`${it}/`));
  const target = join(dirname(file), name);
  return [layer.folder, ...layer.folders.map(it => `src/${it}`)].some(it => target.startsWith(`${it}/`));
}

function filesOf(folder: string) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter(file => /\.tsx?$/.test(file))
    .map(file => join(folder, file.replaceAll("\\", "/")));
}

function importsOf(file: string): string[] {
  const { program } = parse(readFileSync(file, "utf8"), { sourceType: "module", plugins: ["typescript"] });
  const found: string[] = [];
  visit(program);
  return found;

  function visit(node: unknown): void {
    if (typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) {
      for (const child of node) visit(child);
      return;
    }
    const { type, source, argument } = node as { type?: string; source?: unknown; argument?: unknown };
    const from = type?.startsWith("TSImportType") ? argument : source;
    if (typeof type === "string" && /Import|Export/.test(type)) {
      const literal = from as { value?: unknown } | null | undefined;
      if (typeof literal?.value === "string") found.push(literal.value);
    }
    for (const [key, child] of Object.entries(node)) if (key !== "loc") visit(child);
  }
}

function list(cell: string) {
  return cell
    .split(",")
    .map(it => it.trim())
    .filter(Boolean);
}
