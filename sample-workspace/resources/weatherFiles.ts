import { readdir, readFile } from "node:fs/promises";
import { resource } from "millrace";

/** The files that the stations' network sends, one per day. */
export interface WeatherFiles {
  /** All of them, one after the other. */
  read(): AsyncIterable<WeatherFile>;
  /** Those of certain days, as far as they have arrived; at least that of the first has to be there. */
  ofDays(days: readonly [string, ...string[]]): Promise<WeatherFile[]>;
}

export interface WeatherFile {
  readonly name: string;
  /** The day on which it arrived, "2026-01-31". */
  readonly day: string;
  readonly text: string;
}

/**
 * A resource is what an asset needs from outside.
 * Assets ask for it by name, so that a unit test can hand in three lines of text instead of a folder.
 */
export const weatherFiles = resource("weatherFiles", {
  open: ({ signal }): WeatherFiles => {
    const folder = new URL("../data/", import.meta.url);
    return {
      read: () => filesIn(folder, signal),
      ofDays: days => filesOf(days, folder, signal),
    };
  },
});

async function filesOf(
  days: readonly [string, ...string[]],
  folder: URL,
  signal: AbortSignal,
): Promise<WeatherFile[]> {
  const files = (await listFiles(folder)).filter(({ day }) => days.includes(day));
  if (!files.some(({ day }) => day === days[0])) {
    throw new Error(
      `No weather file of ${days[0]} has arrived. "npm run weather -- --end ${days[0]}" writes those up to this day.`,
    );
  }
  return Promise.all(files.map(file => readWeather(file, folder, signal)));
}

async function* filesIn(folder: URL, signal: AbortSignal): AsyncGenerator<WeatherFile> {
  for (const file of await listFiles(folder)) yield await readWeather(file, folder, signal);
}

async function readWeather(
  { name, day }: Pick<WeatherFile, "name" | "day">,
  folder: URL,
  signal: AbortSignal,
): Promise<WeatherFile> {
  return { name, day, text: await readFile(new URL(name, folder), { encoding: "utf8", signal }) };
}

async function listFiles(folder: URL) {
  const names = await readdir(folder).catch(error => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const files = names.sort().flatMap(name => {
    const day = /^readings-(\d{4}-\d{2}-\d{2})\.csv$/.exec(name)?.[1];
    return day === undefined ? [] : [{ name, day }];
  });
  if (files.length > 0) return files;
  throw new Error(
    'There are no weather files in sample-workspace/data. Run "npm run weather" in the folder of Millrace to write some.',
  );
}
