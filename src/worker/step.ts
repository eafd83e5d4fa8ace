import { join } from "node:path";
import { postgresTable } from "../integrations/postgres.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { PartitionsDefinition } from "../model/partitionsDefinition.ts";
import type { LogLine } from "../model/run.ts";
import type { StepOrder, StepOutcome } from "../protocol/worker.ts";
import { dbtModelKey } from "../sdk/dbtModel.ts";
import {
  type AssetDefinition,
  type InputDefinition,
  isAsset,
  type SourceDefinition,
} from "../sdk/definition.ts";
import type { Database as AssetDatabase, Sql as AssetSql, StreamingSql } from "../sdk/ioManager.ts";
import type { Slice } from "../sdk/slice.ts";
import { runStep } from "../sdk/step.ts";
import type { StepEdge } from "../sdk/stepEdge.ts";
import { isCheckFailed, isStepCanceled } from "../sdk/stepErrors.ts";
import type { Database, Sql } from "../store/database.ts";
import { changeDynamicKeys } from "../store/dynamicPartitions.ts";
import { Fenced, publishStep, recordChecks } from "../store/publish.ts";
import { recordRelation, relationOwner } from "../store/relations.ts";
import { type StepConnections, stepConnections } from "../store/stepConnections.ts";
import type { Origin } from "../store/versions.ts";
import { defaultIo } from "./io.ts";
import { locateError, toRunError } from "./location.ts";
import { runWithLog, stepLog } from "./log.ts";
import { noteOrigin, withDataVersion } from "./origin.ts";
import { inputSlice, outputSlice } from "./slices.ts";

export interface StepSurroundings {
  database: Database;
  root: string;
  assetSchema: string;
  signal: AbortSignal;
  logged: (stepId: string, runId: string, lines: LogLine[]) => void;
  /** How any of the loaded assets is cut. */
  partitionsOf: (asset: AssetKey) => PartitionsDefinition | null;
}

/** Executes one attempt at one step; whatever happens, the answer says how it ended. */
export async function executeStep(
  order: StepOrder,
  asset: AssetDefinition | SourceDefinition,
  surroundings: StepSurroundings,
): Promise<StepOutcome> {
  const { database, root, assetSchema, signal, logged, partitionsOf } = surroundings;
  if (!isAsset(asset)) throw new Error(`"${order.asset}" is a source: it is read, never materialized.`);
  const connections = stepConnections(database, signal);
  const slice = outputSlice(asset, order);
  const log = stepLog(order, logged);
  let origin: Origin | undefined;
  const edge: StepEdge = {
    signal,
    log,
    runId: order.runId,
    stepId: order.stepId,
    attempt: order.attempt,
    assetSchema,
    slice,
    inputSlice: input => dbtSlice(input, inputSlice(asset, input, order), order),
    dbtRelation: reference => order.dbtInputs?.[dbtModelKey(reference)]?.relation ?? null,
    changeDynamicKeys: (name, changes) => changeDynamicKeys(database, order.runId, name, changes),
    database: assetDatabase(connections),
    io: definition => definition.io ?? dbtIo(definition, order) ?? defaultIo,
    publish: (_, work, facts) =>
      publishStep(connections.database, async sql => {
        const { checks, rows = facts.rows } = await work(streaming(sql));
        return {
          ...order,
          slice,
          rows,
          codeVersion: asset.codeVersion,
          origin: withDataVersion(origin, facts.dataVersion),
          metadata: facts.metadata,
          checks: [...facts.checks, ...checks],
        };
      }),
  };
  try {
    origin = await noteOrigin(connections.database, asset, order, partitionsOf);
    const { rows } = await runWithLog(log, () => runStep(asset, edge));
    return { status: "succeeded", rows };
  } catch (error) {
    if (isStepCanceled(error) || error instanceof Fenced) return { status: "canceled" };
    if (isCheckFailed(error))
      await recordChecks(database, { ...order, slice, checks: error.results }).catch(() => {});
    const status = connections.wasLost() ? "lost" : "failed";
    const failure = toRunError(error, root);
    // The step tells the message; what is worth a log are the lines of the user's files, and a cause.
    if (!isCheckFailed(error) && failure.stack?.includes("\n")) log.error(failure.stack);
    if (failure.file !== null || status === "lost") return { status, error: failure };
    const place = locateError(asset.definedAt, root);
    // Said once, and from the workspace's folder.
    const message = failure.message.replace(` (${join(root, place.file ?? "")}:${place.line})`, "");
    return { status, error: { ...failure, message, ...place } };
  }
}

/** How the rows of a dbt model are told apart, its project says. */
function dbtIo({ key }: AssetDefinition | SourceDefinition, { dbtInputs }: StepOrder) {
  const partitionColumn = dbtInputs?.[key]?.partitionColumn;
  return partitionColumn ? postgresTable({ partitionColumn }) : null;
}

function dbtSlice({ upstream }: InputDefinition, slice: Slice | null, { asset, dbtInputs }: StepOrder) {
  const model = dbtInputs?.[upstream.key];
  if (!model || slice === null || slice.isWhole || model.partitionColumn !== null) return slice;
  throw new Error(
    `${asset} reads some partitions of dbt's ${upstream.key}, and nothing says which of its rows those are. ` +
      `Name the column in its meta: millrace: { partitionColumn: "day" }, or by dbtModel("${upstream.key}", { partitionColumn: "day" }).`,
  );
}

/** The state database as an I/O manager may use it. */
export function assetDatabase(connections: StepConnections): AssetDatabase {
  return {
    connect: work => connections.connect(client => work(streaming(client))),
    transaction: work => connections.transaction(client => work(streaming(client))),
    relationOwner: (sql, relation) => knownOwner(sql as Sql, relation),
    recordRelation: (sql, relation, asset) => recordRelation(sql as Sql, relation, asset),
  };
}

/** Whose a relation is does not change while definitions stay: it is asked once. */
const owners = new Map<string, AssetKey>();

async function knownOwner(sql: Sql, relation: { schema: string; table: string }): Promise<AssetKey | null> {
  const name = JSON.stringify([relation.schema, relation.table]);
  const owner = owners.get(name) ?? (await relationOwner(sql, relation));
  if (owner !== null) owners.set(name, owner);
  return owner;
}

/** A client of `pg` with the name that the SDK has for handing it a stream or a cursor. */
function streaming(client: Sql): StreamingSql {
  const submit = (client as { query(submittable: unknown): unknown }).query.bind(client);
  return {
    query: client.query.bind(client) as AssetSql["query"],
    submit: <T>(submittable: T) => submit(submittable) as T,
  };
}
