import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfiguration } from "../../src/engine/configuration.ts";
import { settingRules } from "../../src/engine/settings.ts";
import { type Project, writeProject } from "../support/project.ts";

let project: Project;

beforeAll(async () => {
  project = await writeProject({});
});

afterAll(() => project?.remove());

test("the schema that editors validate millrace.json by knows exactly the settings there are", () => {
  const schema = JSON.parse(readFileSync("millrace.schema.json", "utf8"));
  expect(Object.keys(schema.properties).sort()).toEqual(Object.keys(settingRules).sort());
});

describe("a value comes from the first of flag, environment, millrace.json, editor setting, default", () => {
  test("the environment's name", async () => {
    await project.write("millrace.json", JSON.stringify({ environment: "from-file" }));
    const env = { MILLRACE_ENV: "from-variable" };
    const name = async (
      ...args: Parameters<typeof readConfiguration> extends [string, ...infer R] ? R : never
    ) => (await readConfiguration(project.root, ...args)).environment;
    expect(await name({ environment: "from-flag" }, env)).toEqual({ value: "from-flag", source: "--env" });
    expect(await name({}, env)).toEqual({ value: "from-variable", source: "MILLRACE_ENV" });
    expect(await name({}, {})).toEqual({ value: "from-file", source: "millrace.json" });
    await project.write("millrace.json", "{}");
    expect(await name({}, {})).toEqual({ value: "dev", source: "default" });
  });

  test("the database", async () => {
    await project.write("millrace.json", JSON.stringify({ database: { env: "WEATHER_DB" } }));
    const overrides = { editorDatabaseUrl: "postgres://editor" };
    const url = async (env: NodeJS.ProcessEnv) =>
      (await readConfiguration(project.root, overrides, env)).databaseUrl;
    for (const wrong of ["mysql://u:secret@a", "secret"]) {
      const message = await url({ MILLRACE_DATABASE_URL: wrong }).catch(it => it.message);
      expect(message).toMatch(
        /^The database \(MILLRACE_DATABASE_URL\) is no URL of PostgreSQL\. Write postgres:/,
      );
      expect(message).not.toContain("secret");
    }
    expect(await url({ MILLRACE_DATABASE_URL: "postgres://a", WEATHER_DB: "postgres://b" })).toMatchObject({
      value: "postgres://a",
    });
    expect(await url({ WEATHER_DB: "postgres://b" })).toEqual({
      value: "postgres://b",
      source: "WEATHER_DB, named in millrace.json",
    });
    await project.write("millrace.json", "{}");
    expect(await url({})).toEqual({ value: "postgres://editor", source: "editor setting" });
    // What a shell happens to hold for another program is never taken for our own.
    expect(
      (await readConfiguration(project.root, {}, { DATABASE_URL: "postgres://production" })).databaseUrl,
    ).toEqual({
      value: null,
      source: "default: embedded PostgreSQL",
    });
  });
});

describe("what is wrong in millrace.json is named with its line", () => {
  const told = async (text: string) => {
    await project.write("millrace.json", text);
    const error = await readConfiguration(project.root, {}, {}).catch((it: unknown) => it);
    return error as Error & { place: unknown };
  };

  test("all of it at once, also what stands within other settings", async () => {
    const error = await told(
      '{\n  "asets": [],\n  "dbt": {\n    "varss": {},\n    "defer": "yes"\n  },\n  "limits": { "steps": 0 }\n}',
    );
    expect(error.message.split("\n")).toEqual([
      'millrace.json:2 has an unknown setting "asets". Did you mean "assets"?',
      'millrace.json:4 has an unknown setting "varss" in "dbt". Did you mean "vars"?',
      'millrace.json:5 is wrong: "dbt.defer" must be true or false; it is "yes".',
      'millrace.json:7 is wrong: "limits.steps" must be a whole number above 0; it is 0.',
    ]);
    expect(error.place).toEqual({ file: "millrace.json", line: 2, column: 3 });
  });

  test("where it is no JSON, whether or not the parser tells the place", async () => {
    const lines = async (text: string) => (await told(text)).message.split(/: |\. /).slice(0, 2);
    expect(await lines('{\n  "assets": ["a",],\n}')).toEqual([
      "millrace.json:2 is not valid JSON",
      "Unexpected token ']'",
    ]);
    expect(await lines('{\n  "assets": []\n\n')).toEqual([
      "millrace.json:4 is not valid JSON",
      "Expected ',' or '}' after property value",
    ]);
  });

  test("but never what may hold a password", async () => {
    const { message } = await told('{ "database": { "env": "postgres://me:secret@host/db" } }');
    expect(message).toContain('millrace.json:1 is wrong: "database.env" must be the name of an environment');
    expect(message).not.toContain("secret");
  });
});
