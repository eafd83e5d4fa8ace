import type { DetailsAction } from "../../src/protocol/details.ts";

/** What a key asks for; null for a key that is not ours. Buttons keep their own. */
export function keyAction({
  key,
  altKey,
  ctrlKey,
  metaKey,
  shiftKey,
}: Pick<KeyboardEvent, "key" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey">):
  | DetailsAction
  | "back"
  | null {
  if (ctrlKey || metaKey) return null;
  if (altKey) return key === "ArrowLeft" ? "back" : null;
  switch (key) {
    case "m":
    case "M":
      return shiftKey ? "materializeWithUpstream" : "materialize";
    case "r":
      return "showRows";
    case "o":
      return "openSource";
    default:
      return null;
  }
}
