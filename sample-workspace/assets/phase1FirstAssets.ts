/**
 * Phase 1: two assets.
 *
 * An asset is data that somebody wants to exist: a key, and a function that makes the data.
 * What the function returns becomes a table. Click "Materialize" above an asset, or run
 * `millrace materialize raw_weather_data`.
 */
import { asset } from "millrace";
import { weatherFiles } from "../resources/weatherFiles.ts";
import { readCsv } from "../weather/csv.ts";
import { columnsOfFiles, readingIn } from "../weather/reading.ts";

/**
 * Raw data is kept as it came, as text, even where it is wrong: what is thrown away here is lost for every
 * question that somebody asks later. The function yields rows, so no file has to fit into memory.
 */
export const rawWeatherData = asset("raw_weather_data", {
  description: "Every line of every weather file, as the stations sent it.",
  group: "weather",
  owners: ["team:weather"],
  tags: { layer: "raw" },
  kinds: ["csv"],
  resources: { weatherFiles },
  materialize: async function* (_, { resources, metadata }) {
    let files = 0;
    for await (const file of resources.weatherFiles.read()) {
      for (const line of readCsv(columnsOfFiles, file)) yield { ...line, arrived_on: file.day };
      files += 1;
    }
    metadata({ files });
  },
});

/**
 * `inputs` is an edge: this asset needs the one above, and receives its rows. Their type follows from what
 * the function above yields; try to read a column that does not exist.
 */
export const cleanedWeatherData = asset("cleaned_weather_data", {
  description: "The readings whose time and temperature can be read, in °C.",
  group: "weather",
  owners: ["team:weather"],
  tags: { layer: "core" },
  inputs: { rawWeatherData },
  materialize: ({ rawWeatherData }, { log, metadata }) => {
    const readings = rawWeatherData.flatMap(line => readingIn(line) ?? []);
    const unreadable = rawWeatherData.length - readings.length;
    log.info(`${unreadable} of ${rawWeatherData.length} lines cannot be read`);
    metadata({ unreadable });
    return readings;
  },
});
