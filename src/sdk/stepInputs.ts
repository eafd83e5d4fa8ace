import { type AssetDefinition, type InputDefinition, isSource, type SourceDefinition } from "./definition.ts";
import type { Database, InputContext } from "./ioManager.ts";
import { isAsyncIterable } from "./iterable.ts";
import { assembled } from "./partitionValues.ts";
import type { StepEdge } from "./stepEdge.ts";
import type { UserCode } from "./userCode.ts";

/** Loads the inputs of a step side by side; when some fail, the first error, after all of them have ended. */
export async function loadInputs(
  asset: AssetDefinition,
  edge: StepEdge,
  userCode: UserCode,
): Promise<Record<string, unknown>> {
  const loading = Object.entries(asset.inputs).map(
    async ([name, input]) => [name, await loadInput(asset, input, edge, userCode)] as const,
  );
  await Promise.allSettled(loading);
  return Object.fromEntries(await Promise.all(loading));
}

async function loadInput(
  { key }: AssetDefinition,
  input: InputDefinition,
  edge: StepEdge,
  userCode: UserCode,
) {
  const io = edge.io(input.upstream);
  const request = inputContext(input, edge);
  const value = assembled(await userCode.run(() => io.load(request)), input, key);
  return input.stream && isAsyncIterable(value) ? userCode.iterate(value) : value;
}

/** What an I/O manager is told of an input. */
export function inputContext(input: InputDefinition, edge: StepEdge): InputContext {
  const { upstream, stream } = input;
  return {
    asset: upstream.key,
    relation: isSource(upstream)
      ? sourceRelation(upstream, edge)
      : (edge.io(upstream).relation?.(upstream.key, edge.assetSchema) ?? null),
    assetSchema: edge.assetSchema,
    columns: isSource(upstream) ? null : upstream.columns,
    slice: edge.inputSlice(input),
    stream,
    database: databaseOf(edge),
    signal: edge.signal,
  };
}

/** Where a dbt model lives only its manifest knows, which whoever runs the step has read. */
function sourceRelation({ dbt, relation }: SourceDefinition, edge: StepEdge) {
  // A unit test has no database, and what it is given needs no table.
  if (dbt === undefined || !edge.database) return relation;
  const found = edge.dbtRelation?.(dbt);
  if (found) return found;
  const version = dbt.version === null ? "" : ` in version ${dbt.version}`;
  throw new Error(
    `Where dbt's "${dbt.name}"${version} lives is unknown here. Run "dbt parse", and name the dbt project in millrace.json.`,
  );
}

/** The edge's database, or one that says why there is none. */
export function databaseOf(edge: StepEdge): Database {
  return (
    edge.database ?? { connect: refuse, transaction: refuse, relationOwner: refuse, recordRelation: refuse }
  );
}

async function refuse(): Promise<never> {
  throw new Error("This step runs without a database. Materialize it with `millrace materialize` instead.");
}
