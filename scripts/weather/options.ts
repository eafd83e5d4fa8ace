import { parseArgs } from "node:util";

export interface WeatherOptions {
  days: number;
  /** The last day, YYYY-MM-DD. */
  end: string;
  seed: number;
}

export const usage = `npm run weather -- [--days N] [--end YYYY-MM-DD] [--seed N]

Writes one file of hourly weather readings per day into sample-workspace/data.

  --days N   how many days (30)
  --end DAY  the last of them (2026-01-31)
  --seed N   another number, other weather (1)`;

/** What the arguments ask for, or the sentence that says which of them is wrong. */
export function parseOptions(args: readonly string[]): WeatherOptions | { error: string } | { help: true } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        days: { type: "string", default: "30" },
        end: { type: "string", default: "2026-01-31" },
        seed: { type: "string", default: "1" },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return { help: true };
    if (!isWhole(values.days, 1, 3660)) {
      return { error: `--days ${values.days}: write a whole number from 1 to 3660.` };
    }
    if (!isDay(values.end)) return { error: `--end ${values.end}: write a day such as 2026-01-31.` };
    if (!isWhole(values.seed, 0, 2 ** 31)) {
      return { error: `--seed ${values.seed}: write a whole number from 0 to ${2 ** 31}.` };
    }
    return { days: Number(values.days), end: values.end, seed: Number(values.seed) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

function isWhole(text: string, least: number, most: number) {
  return /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;
}

function isDay(text: string) {
  const time = Date.parse(text);
  return (
    /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
  );
}
