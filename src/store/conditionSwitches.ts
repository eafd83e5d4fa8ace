import type { AssetKey } from "../model/assetKey.ts";
import { queryPrepared, type Sql } from "./database.ts";

/** The assets whose condition is switched off by hand. */
export async function conditionsOff(sql: Sql, environment: string): Promise<AssetKey[]> {
  const { rows } = await queryPrepared<{ name: AssetKey }>(
    sql,
    "conditions_off",
    `select name from millrace.automation where environment = $1 and kind = 'condition' and switched = false
     order by name`,
    [environment],
  );
  return rows.map(it => it.name);
}
