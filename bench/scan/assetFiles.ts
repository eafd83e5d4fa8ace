import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A workspace of asset files as people write them: one asset each, twenty to a chain, a hundred to a folder. */
export async function writeAssetFiles(count: number): Promise<{ root: string; remove(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  for (let folder = 0; folder * 100 < count; folder++) {
    await mkdir(join(root, dirname(assetFile(folder * 100))), { recursive: true });
    const inFolder = Array.from(
      { length: Math.min(100, count - folder * 100) },
      (_, at) => folder * 100 + at,
    );
    await Promise.all(inFolder.map(it => writeFile(join(root, assetFile(it)), assetText(it))));
  }
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
}

export function assetFile(index: number): string {
  return `assets/area${Math.floor(index / 100)}/readings${index}.ts`;
}

export function assetText(index: number, description = "One row per station and hour."): string {
  const upstream = index % 20 === 0 ? null : `readings${index - 1}`;
  const input = upstream ?? "measured";
  return `import { asset, columns, dailyPartitions, notNull, source } from "millrace";
${upstream ? `import { ${upstream} } from "./${upstream}.js";\n` : ""}
const daily = dailyPartitions({ start: "2026-01-01", timezone: "UTC" });
const measured = source("stations.measured");

interface Reading {
  city: string;
  day: string;
  celsius: number;
}

/** Averages by city of what ${input} holds. */
export const readings${index} = asset("weather/readings_${index}", {
  description: "${description}",
  group: "weather",
  tags: { priority: "high" },
  owners: ["team:weather"],
  partitions: daily,
  inputs: { ${upstream ?? "measured"} },
  columns: columns({ city: "text", day: "date", celsius: "double precision" }),
  checks: [notNull("city"), { name: "plausible", blocking: true, sql: "celsius between -60 and 60" }],
  materialize: ({ ${input} }, { log }) => {
    const byCity = new Map<string, Reading[]>();
    for (const row of ${input} as Reading[]) {
      const rows = byCity.get(row.city) ?? [];
      rows.push(row);
      byCity.set(row.city, rows);
    }
    log.info("averaged", byCity.size);
    return [...byCity].map(([city, rows]) => ({
      city,
      day: rows[0]?.day,
      celsius: rows.reduce((sum, row) => sum + row.celsius, 0) / rows.length,
    }));
  },
});
`;
}
