import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { addDynamicKeys, dynamicKeys, removeDynamicKeys } from "../../src/store/dynamicPartitions.ts";
import { migrate } from "../../src/store/migrate.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let created: TestDatabase;
let database: Database;

beforeAll(async () => {
  created = await createTestDatabase();
  database = openDatabase(created.url, { name: "test" });
  await migrate(database);
});

afterAll(async () => {
  await database?.close();
  await created?.drop();
});

describe("keys that come and go", () => {
  test("are kept in the order in which they were added, each once", async () => {
    expect(await addDynamicKeys(database, "dev", "customers", ["grace", "ada", "grace"])).toEqual([
      "grace",
      "ada",
    ]);
    expect(await addDynamicKeys(database, "dev", "customers", ["ada", "it's | 🌦", "grace"])).toEqual([
      "it's | 🌦",
    ]);
    expect(await dynamicKeys(database, "dev", ["customers", "files"])).toEqual({
      customers: ["grace", "ada", "it's | 🌦"],
      files: [],
    });
  });

  test("are removed, and come back behind the others", async () => {
    expect(await removeDynamicKeys(database, "dev", "customers", ["grace", "nobody"])).toEqual(["grace"]);
    expect(await removeDynamicKeys(database, "dev", "customers", ["grace"])).toEqual([]);
    await addDynamicKeys(database, "dev", "customers", ["grace"]);
    expect((await dynamicKeys(database, "dev", ["customers"])).customers).toEqual([
      "ada",
      "it's | 🌦",
      "grace",
    ]);
  });

  test("belong to one environment", async () => {
    await addDynamicKeys(database, "production", "customers", ["linus"]);
    expect(await dynamicKeys(database, "production", ["customers"])).toEqual({ customers: ["linus"] });
    expect((await dynamicKeys(database, "dev", ["customers"])).customers).not.toContain("linus");
  });

  test("are added by many at once without a loss, a double or a deadlock", async () => {
    const keys = Array.from({ length: 40 }, (_, at) => `file ${at}`);
    const added = await Promise.all(
      Array.from({ length: 8 }, (_, at) =>
        addDynamicKeys(database, "dev", "files", at % 2 === 0 ? keys : keys.toReversed()),
      ),
    );
    expect(added.flat().sort()).toEqual([...keys].sort());
    const { files } = await dynamicKeys(database, "dev", ["files"]);
    expect([keys, keys.toReversed()]).toContainEqual(files);
  });

  test("are announced when something has changed, and only then", async () => {
    const heard: string[] = [];
    const stop = await database.listen(
      payload => heard.push(payload),
      () => {},
    );
    await addDynamicKeys(database, "dev", "announced", ["a", "b"]);
    await addDynamicKeys(database, "dev", "announced", ["a"]);
    await removeDynamicKeys(database, "dev", "announced", ["c"]);
    await removeDynamicKeys(database, "dev", "announced", ["a"]);
    await database.query("select pg_notify('millrace', 'end')");
    await expect.poll(() => heard.at(-1)).toBe("end");
    expect(heard).toEqual(["partitions", "partitions", "end"]);
    await stop();
  });
});
