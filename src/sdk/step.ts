import { bindQuery, relateInputs } from "./boundQuery.ts";
import type { CheckResult, RowsCheck, SqlCheck } from "./check.ts";
import type { AssetContext, Log, MetadataValue } from "./context.ts";
import type { AssetDefinition } from "./definition.ts";
import { dynamicPartitionKeys } from "./dynamicPartitions.ts";
import type { Database, OutputContext, StagedOutput, StreamingSql } from "./ioManager.ts";
import { isAsyncIterable } from "./iterable.ts";
import { checkedDataVersion, recordMetadata } from "./metadata.ts";
import { partitionContext } from "./partitionContext.ts";
import { runRowsChecks } from "./rowsChecks.ts";
import type { MaterializationFacts, StepEdge, StepResult } from "./stepEdge.ts";
import {
  failureInWords,
  isStepCanceled,
  messageOf,
  requireBlockingChecks,
  StepCanceled,
} from "./stepErrors.ts";
import { databaseOf, loadInputs } from "./stepInputs.ts";
import { StepResources } from "./stepResources.ts";
import { UserCode } from "./userCode.ts";

/**
 * Executes one asset: opens its resources, loads its inputs, calls its function, stages what it returns,
 * tests it, publishes it. Whatever happens, what was staged is discarded and what was opened is closed.
 *
 * Rejects with what the user's code threw, with CheckFailed when a blocking check failed, and with
 * StepCanceled once the signal aborts, also while the user's code runs on.
 */
export async function runStep(asset: AssetDefinition, edge: StepEdge): Promise<StepResult> {
  const userCode = new UserCode(edge.signal, () => new StepCanceled(asset.key));
  const resources = new StepResources(edge, userCode);
  const said: Said = { metadata: {} };
  try {
    const context: AssetContext = {
      partition: partitionContext(asset.key, edge.slice),
      partitions: dynamicPartitionKeys(edge.changeDynamicKeys),
      resources: await resources.open(asset.resources),
      signal: edge.signal,
      log: edge.log,
      metadata: facts => recordMetadata(said.metadata, facts),
      dataVersion(version) {
        said.dataVersion = checkedDataVersion(version);
      },
      runId: edge.runId,
    };
    const value = await callFunction(asset, context, edge, userCode);
    const step = { asset, edge, userCode, said };
    return value === undefined ? await recordOwnWriting(step) : await storeOutput(step, value);
  } catch (error) {
    if (!edge.signal.aborted || isStepCanceled(error)) throw error;
    throw new StepCanceled(asset.key, { cause: error });
  } finally {
    await userCode.endIterations();
    await resources.close();
  }
}

/** What the user's function returns; of one that answers SQL: the SQL, with its inputs. */
async function callFunction(
  asset: AssetDefinition,
  context: AssetContext,
  edge: StepEdge,
  userCode: UserCode,
): Promise<unknown> {
  if (!asset.isQuery) {
    const inputs = await loadInputs(asset, edge, userCode);
    return userCode.run(() => asset.materialize(inputs, context));
  }
  const inputs = await relateInputs(asset, edge);
  return bindQuery(asset, await userCode.run(() => asset.materialize(inputs.relations, context)), inputs);
}

interface Step {
  readonly asset: AssetDefinition;
  readonly edge: StepEdge;
  readonly userCode: UserCode;
  readonly said: Said;
}

/** What the asset's function says of what it makes, also while its rows are taken. */
interface Said {
  readonly metadata: Record<string, MetadataValue>;
  dataVersion?: string;
}

/** The asset returned nothing: it did its own writing. */
async function recordOwnWriting({ asset, edge, userCode, said }: Step): Promise<StepResult> {
  const [check] = asset.checkDefinitions;
  if (check !== undefined) {
    throw new Error(
      `${asset.key} returned nothing, so its check "${check.name}" has nothing to test. ` +
        "Return the rows, or remove its checks when it does its own writing.",
    );
  }
  userCode.requireNotCanceled();
  edge.log.info(
    `${asset.key} returned nothing, so nothing is stored: it counts as having done its own writing. ` +
      "If it was to make rows, return them.",
  );
  const result: StepResult = { rows: null, ...said, checks: [] };
  await edge.publish(asset, async () => ({ checks: [] }), result);
  return result;
}

async function storeOutput(step: Step, value: unknown): Promise<StepResult> {
  const { asset, edge, userCode, said } = step;
  const io = edge.io(asset);
  const rowsChecks = asset.checkDefinitions.filter((check): check is RowsCheck => check.kind === "rows");
  const sqlChecks = asset.checkDefinitions.filter((check): check is SqlCheck => check.kind === "sql");
  const staged = await io.stage(
    outputContext(asset, edge, rowsChecks.length > 0),
    stoppable(value, userCode),
  );
  try {
    const { results, causes } = await runRowsChecks(rowsChecks, staged, userCode);
    requireBlockingChecks(asset, results, { causes });
    userCode.requireNotCanceled();
    const facts = { rows: staged.rows, ...said, checks: results };
    const publish = io.guarantee === "transactional" ? publishInTransaction : publishAndRecord;
    const checks = [...results, ...(await publish(step, staged, sqlChecks, facts))];
    warnOfFailures(checks, edge.log);
    return { ...facts, rows: staged.rows, checks };
  } finally {
    await discard(staged, step);
  }
}

/** Data and state in one transaction: a blocking check that fails inside rolls both back. */
async function publishInTransaction(
  { asset, edge }: Step,
  staged: StagedOutput,
  sqlChecks: readonly SqlCheck[],
  facts: MaterializationFacts,
): Promise<readonly CheckResult[]> {
  let checks: readonly CheckResult[] = [];
  const work = async (transaction: StreamingSql) => {
    checks = await staged.publish(transaction, sqlChecks);
    requireBlockingChecks(asset, [...facts.checks, ...checks]);
    return { checks, rows: staged.rows };
  };
  await edge.publish(asset, work, facts);
  return checks;
}

/** The outside commits first, then it is recorded; a blocking check that fails guards what is downstream. */
async function publishAndRecord(
  { asset, edge }: Step,
  staged: StagedOutput,
  sqlChecks: readonly SqlCheck[],
  facts: MaterializationFacts,
): Promise<readonly CheckResult[]> {
  const checks = await staged.publish(queryByQuery(databaseOf(edge)), sqlChecks);
  await edge.publish(asset, async () => ({ checks }), facts);
  requireBlockingChecks(asset, [...facts.checks, ...checks], { published: true });
  return checks;
}

/** A connection for each query, for what is published outside of the step's transaction. */
function queryByQuery(database: Database): StreamingSql {
  return {
    query: (text, values) => database.connect(sql => sql.query(text, values)),
    submit: () => {
      throw new Error("Rows can only be streamed inside the step's transaction. Use `database.connect`.");
    },
  };
}

async function discard(staged: StagedOutput, { asset, edge }: Step): Promise<void> {
  try {
    await staged.discard();
  } catch (error) {
    edge.log.warn(`What ${asset.key} staged could not be removed: ${messageOf(error)}`);
  }
}

function outputContext(asset: AssetDefinition, edge: StepEdge, readBeforePublish: boolean): OutputContext {
  const { assetSchema, signal, runId, stepId, attempt } = edge;
  return {
    asset: asset.key,
    columns: asset.columns,
    slice: edge.slice,
    database: databaseOf(edge),
    readBeforePublish,
    assetSchema,
    signal,
    runId,
    stepId,
    attempt,
  };
}

/** Rows that are still being made stop with the signal; Node and web streams keep their own methods. */
function stoppable(value: unknown, userCode: UserCode): unknown {
  if (!isAsyncIterable(value) || "pipe" in value || "getReader" in value) return value;
  return userCode.iterate(value);
}

function warnOfFailures(checks: readonly CheckResult[], log: Log): void {
  for (const check of checks) if (!check.passed) log.warn(`The check ${failureInWords(check)}.`);
}
