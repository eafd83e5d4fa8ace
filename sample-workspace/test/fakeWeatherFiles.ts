import type { WeatherFiles } from "../resources/weatherFiles.ts";

/** Files as the network sends them, by day: the lines below the header. */
export function fakeWeatherFiles(days: Record<string, readonly string[]>): WeatherFiles {
  const files = Object.entries(days).map(([day, lines]) => {
    const text = ["station,city,observed_at,temperature,unit,humidity", ...lines, ""].join("\n");
    return { name: `readings-${day}.csv`, day, text };
  });
  return {
    async *read() {
      yield* files;
    },
    ofDays: async wanted => files.filter(({ day }) => wanted.includes(day)),
  };
}
