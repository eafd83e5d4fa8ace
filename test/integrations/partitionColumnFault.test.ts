import { asset, columns, dailyPartitions, multiPartitions, staticPartitions } from "millrace";
import { describe, expect, test } from "vitest";
import { type PostgresTableOptions, postgresTable } from "../../src/integrations/postgres.ts";

const daily = dailyPartitions({ start: "2026-01-01" });
const cityDays = multiPartitions({ city: staticPartitions(["bern", "zug"]), day: daily });

describe("a partition column that does not fit the asset is a definition error", () => {
  const declare = (partitionColumn: PostgresTableOptions["partitionColumn"], more: object) => () =>
    asset("readings", {
      io: postgresTable(partitionColumn === undefined ? {} : { partitionColumn }),
      materialize: () => [{ n: 1 }],
      ...more,
    });

  test.each<[string, () => unknown, string]>([
    [
      "without partitions",
      declare("at", {}),
      'The partition column "at" is named, but the asset has no partitions',
    ],
    [
      "that is not declared",
      declare("observd_at", { partitions: daily, columns: columns({ observed_at: "timestamptz" }) }),
      'The partition column "observd_at" is not among the declared columns',
    ],
    [
      "of a dimension that there is not",
      declare({ city: "city", day: "at" }, { partitions: daily }),
      "The partitions have one dimension, but partitionColumn names columns of several",
    ],
    [
      "of one of two dimensions",
      declare("at", { partitions: cityDays }),
      "The partitions have the dimensions city, day, and partitionColumn has to name one column for each",
    ],
    [
      "of the wrong dimensions",
      declare({ city: "city", month: "at" }, { partitions: cityDays }),
      "The partitions have the dimensions city, day, and partitionColumn",
    ],
  ])("%s", (_, define, message) => {
    expect(define).toThrow(
      `Asset "readings" cannot be stored so. ${message.startsWith("dim") ? "" : message}`,
    );
    expect(define).toThrow(message);
  });

  test("one that fits is none", () => {
    expect(declare("at", { partitions: daily })).not.toThrow();
    expect(declare({ city: "city", day: "at" }, { partitions: cityDays })).not.toThrow();
    expect(declare("_partition", { partitions: daily, columns: columns({ n: "integer" }) })).not.toThrow();
    expect(declare(undefined, { partitions: cityDays })).not.toThrow();
  });
});
