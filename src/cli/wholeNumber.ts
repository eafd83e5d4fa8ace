import { ConfigurationError } from "../engine/configuration.ts";

/** What follows a flag that counts. */
export function wholeNumber(flag: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new ConfigurationError(`${flag} takes a whole number above 0; it is "${text}".`);
}
