import type { AssetKey } from "./assetKey.ts";
import { spellKey } from "./selectionSyntax.ts";

/** An argument of a suggested command, as it can be pasted: what a shell would take apart stands in quotes. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A key where a command takes a selection. */
export function selectionWord(key: AssetKey): string {
  return shellWord(spellKey(key));
}
