import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfiguration, settingRules } from "../../src/engine/configuration.ts";
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
