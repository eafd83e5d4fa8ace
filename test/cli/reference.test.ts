import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readSettings } from "../../src/engine/settings.ts";
import { selectByText } from "../../src/model/assetSelection.ts";
import { selectionAttributes } from "../../src/model/selection.ts";

const groups = ["backfill", "runs", "partitions", "automation", "dbt", "db"];

test("docs/command-line.md names every command that there is", () => {
  const reference = readFileSync("docs/command-line.md", "utf8");
  const lines = reference.split("\n");
  const top = commandsOf();
  expect(top).toEqual(expect.arrayContaining([...groups, "materialize", "daemon"]));
  const missing = top.filter(it => !reference.includes(`\`millrace ${it}`));
  for (const group of groups) {
    for (const verb of commandsOf(group)) {
      // "`millrace backfill pause ID`, `resume`": the verbs of one line belong to its group.
      const isNamed = lines.some(it => it.includes(`millrace ${group} `) && it.includes(verb));
      if (!isNamed) missing.push(`${group} ${verb}`);
    }
  }
  expect(missing).toEqual([]);
});

test("docs/command-line.md names every attribute by which assets are selected, and what it may ask", () => {
  const reference = readFileSync("docs/command-line.md", "utf8");
  expect(selectionAttributes.filter(it => !reference.includes(`| \`${it}:`))).toEqual([]);
  // What is wrong is answered with all that would be right.
  const { problems } = selectByText("partitions:daly", { assets: [], edges: [] });
  const kinds = problems[0]?.message.match(/What can be asked is ([^.]+)\./)?.[1]?.split(", ") ?? [];
  expect(kinds).toContain("time_window");
  expect(kinds.filter(it => !reference.includes(`\`${it}\``) && !reference.includes(`:${it}\``))).toEqual([]);
});

test("docs/configuration.md says of every setting what the schema says, and of no other", () => {
  const reference = readFileSync("docs/configuration.md", "utf8");
  const rows = [...reference.matchAll(/^\| `([\w.]+)` \| [^|]+ \| (.+) \|$/gm)];
  expect(rows.map(([, name, words]) => [name, words])).toEqual(
    settingsIn(JSON.parse(readFileSync("millrace.schema.json", "utf8")), ""),
  );
  const example = /```json\n([\s\S]+?)```/.exec(reference)?.[1] ?? "";
  expect(readSettings(example)).toMatchObject({ faults: [], settings: { pools: { warehouse: 2 } } });
});

interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
}

/** Every name with its description; what has none needs none. */
function settingsIn({ properties = {} }: Schema, prefix: string): (readonly [string, string])[] {
  return Object.entries(properties).flatMap(([name, schema]) => [
    ...(schema.description ? [[`${prefix}${name}`, schema.description] as const] : []),
    ...settingsIn(schema, `${prefix}${name}.`),
  ]);
}

/** As `--help` lists them. */
function commandsOf(...group: string[]): string[] {
  const help = execFileSync(process.execPath, ["src/cli/main.ts", ...group, "--help"], { encoding: "utf8" });
  const list = help.slice(help.indexOf("Commands:"));
  if (list === help) return [];
  return [...list.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name = ""]) => name).filter(it => it !== "help");
}
