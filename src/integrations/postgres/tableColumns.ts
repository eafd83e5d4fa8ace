import type { AssetColumn } from "../../model/assetFacts.ts";
import type { Database } from "../../sdk/ioManager.ts";
import { readTable } from "./catalog.ts";
import type { Relation } from "./relation.ts";

/** The columns of a table or a view with their types, without the one that we keep; null when there is none. */
export async function columnsOfTable(database: Database, relation: Relation): Promise<AssetColumn[] | null> {
  const found = await database.connect(sql => readTable(sql, relation));
  if (found === null) return null;
  return found.columns
    .filter(it => !it.isStamp)
    .map(({ name, type, untyped }) => ({ name, type: untyped ? null : type, description: null }));
}
