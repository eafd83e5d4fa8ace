import type { LogLine } from "../model/run.ts";

/** Tells of what goes wrong in the background when that begins or becomes something else, and when it is over. */
export interface Trouble {
  /** `where` it went wrong; what went well there ends it. */
  failed(where: string, error: Error): void;
  well(where: string): void;
}

/** A database that is away is told of by itself, and by nothing that needs it. */
export function createTrouble(
  what: string,
  isDatabaseAway: () => Promise<boolean>,
  tell: (level: LogLine["level"], message: string) => void,
): Trouble {
  const present = new Map<string, string>();
  return {
    async failed(where, { message }) {
      if (present.get(where) === message || (await isDatabaseAway())) return;
      const isKnown = [...present.values()].includes(message);
      present.set(where, message);
      if (isKnown) return;
      tell(
        "error",
        `${what} cannot be looked after just now: ${message.replace(/\.$/, "")}. It is tried again.`,
      );
    },
    well(where) {
      if (present.delete(where) && present.size === 0) tell("info", `${what} are looked after again.`);
    },
  };
}
