/** "raw/orders": where an asset lives and its name in every message, table and tree (semantics K1). */
export type AssetKey = string & { readonly brand: "AssetKey" };

/** The key that `text` spells, or the sentence that says why it spells none. */
export function parseAssetKey(text: string): { key: AssetKey } | { error: string } {
  if (text === "") return { error: 'An asset key is empty. Write a name such as "raw/orders".' };
  if (text.split("/").some(component => component.trim() === "")) {
    return { error: `The asset key "${text}" has an empty component. Write it like "raw/orders".` };
  }
  return { key: text as AssetKey };
}

export function keyComponents(key: AssetKey): string[] {
  return key.split("/");
}

/** The last component: the label of a tree row, the name of a table. */
export function keyName(key: AssetKey): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

/** Everything before the last component, or null for a key of one component. */
export function keyPrefix(key: AssetKey): string | null {
  const slash = key.lastIndexOf("/");
  return slash < 0 ? null : key.slice(0, slash);
}
