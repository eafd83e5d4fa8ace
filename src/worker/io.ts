import { postgresTable } from "../integrations/postgres.ts";
import type { IoManager } from "../sdk/ioManager.ts";

/** Where an asset lives that names no `io`: a table in the state database. */
export const defaultIo: IoManager = postgresTable();
