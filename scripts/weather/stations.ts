export interface City {
  readonly name: string;
  /** Mean of the year, °C. */
  readonly mean: number;
  /** How much warmer than the mean the warmest month is; negative south of the equator. */
  readonly yearSwing: number;
  readonly daySwing: number;
  /** Hours after UTC, so that noon is warm. */
  readonly offset: number;
  readonly stations: readonly Station[];
}

export interface Station {
  readonly id: string;
  readonly unit: "C" | "F";
  /** How likely a day is on which it is silent for some hours. */
  readonly gapsPerDay: number;
}

/** Twelve stations in five cities; Denver reports in Fahrenheit, and BER-03 has a bad cable. */
export const cities: readonly City[] = [
  city("Bergen", 8, 7, 3, 1, [station("BER-01"), station("BER-02"), station("BER-03", { gapsPerDay: 0.9 })]),
  city("Denver", 10, 12, 8, -7, [station("DEN-01", { unit: "F" }), station("DEN-02", { unit: "F" })]),
  city("Lisbon", 17, 6, 5, 0, [station("LIS-01"), station("LIS-02")]),
  city("Nairobi", 19, -2, 6, 3, [station("NBO-01"), station("NBO-02", { unit: "F" })]),
  city("São Paulo", 20, -4, 5, -3, [station("SAO-01"), station("SAO-02"), station("SAO-03")]),
];

function city(
  name: string,
  mean: number,
  yearSwing: number,
  daySwing: number,
  offset: number,
  stations: Station[],
): City {
  return { name, mean, yearSwing, daySwing, offset, stations };
}

function station(id: string, { unit = "C", gapsPerDay = 0.06 }: Partial<Station> = {}): Station {
  return { id, unit, gapsPerDay };
}
