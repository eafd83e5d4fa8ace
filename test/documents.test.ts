import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { materialize } from "millrace";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** What nothing executes goes stale: paths, commands and code in the documents are held to the truth here. */
const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "sample-workspace/README.md",
  "docs/command-line.md",
  "docs/dbt.md",
];
const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };

describe.each(documents)("%s", document => {
  // The import table also says where things that are not built yet will live.
  const text = readFileSync(document, "utf8").replace(/^\| `(src\/\w+|webview)` +\|.*$/gm, "");

  test("links to files that exist", () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path = ""]) => path);
    expect(links.filter(path => !existsSync(join(document, "..", path)))).toEqual([]);
  });

  test("names files and folders that exist", () => {
    const named = [
      ...text.matchAll(/`((?:src|webview|test|scripts|bench|docs|media|sample-workspace)\/[\w./*-]*)`/g),
    ];
    const missing = named.map(([, path = ""]) => path).filter(path => globSync(path).length === 0);
    expect(missing).toEqual([]);
  });

  test("names npm scripts that exist", () => {
    const named = [...text.matchAll(/\bnpm run ([\w:-]+)|\bnpm (test)\b/g)].map(
      ([, script, test]) => script ?? test ?? "",
    );
    expect(named.filter(script => scripts[script] === undefined)).toEqual([]);
  });
});

describe("the asset files in the README", () => {
  const files = [
    ...readFileSync("README.md", "utf8").matchAll(/```ts\n\/\/ ((?:assets|test)\/\w[\w.]*)\n([\s\S]*?)```/g),
  ];
  let folder: string;

  beforeAll(() => {
    // Within the repository, so that "millrace" is found as in every test; a folder that nothing else reads.
    mkdirSync(".millrace", { recursive: true });
    folder = mkdtempSync(".millrace/readme-");
    for (const [, path = "", code = ""] of files) {
      const flat = code.replaceAll("../assets/", "./");
      writeFileSync(join(folder, path.replace(/^\w+\//, "")), flat);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("are there", () => {
    expect(files.map(([, path]) => path)).toEqual([
      "assets/hello.ts",
      "assets/letters.ts",
      "test/letters.test.ts",
      "assets/visits.ts",
      "assets/report.ts",
      "test/report.test.ts",
      "assets/incoming.ts",
    ]);
  });

  test("materialize as they stand", async () => {
    const { hello } = await import(join(process.cwd(), folder, "hello.ts"));
    const { letters } = await import(join(process.cwd(), folder, "letters.ts"));
    const result = await materialize([hello, letters]);
    expect(result.value(hello)).toEqual([{ greeting: "hello", planet: "world" }]);
    expect(result.rows(letters)).toBe(5);
    const { visits } = await import(join(process.cwd(), folder, "visits.ts"));
    const day = await materialize([visits], { partition: "2026-01-31" });
    expect(day.value(visits)).toEqual([{ day: "2026-01-31", visits: 10 }]);
    const { report } = await import(join(process.cwd(), folder, "report.ts"));
    expect((await materialize([hello, letters, report])).value(report)).toEqual([{ letters: 5 }]);
    const { incoming, everyMorning } = await import(join(process.cwd(), folder, "incoming.ts"));
    expect([incoming.name, everyMorning.selection]).toEqual(["incoming", "report"]);
    await import(join(process.cwd(), folder, "letters.test.ts"));
    const { asItIs, everyMorning: played } = await import(join(process.cwd(), folder, "report.test.ts"));
    expect(asItIs).toMatchObject({ runs: 1, requests: [{ asset: "report", reason: "letters was updated" }] });
    expect(played).toMatchObject({ runs: 1, requests: [{ at: new Date("2026-02-03T09:30Z") }] });
  });

  test("hold a first asset of five lines", () => {
    expect(files[0]?.[2]?.trim().split("\n")).toHaveLength(5);
  });
});
