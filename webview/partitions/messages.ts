import type { PartitionStateName } from "../../src/model/backfillState.ts";
import type { PartitionsView } from "../../src/protocol/partitions.ts";
import { expectCount, expectList, expectOneOf, expectRecord, expectText } from "../shared/expect.ts";
import { drawnStates } from "./layout/counts.ts";

/** The view behind a door that lets only well-formed messages in; the sender hears what was wrong. */
export function guardMessages(view: PartitionsView): PartitionsView {
  return {
    show(matrix) {
      expectMatrix(matrix);
      view.show(matrix);
    },
    update(rows) {
      for (const [at, row] of expectList(rows, "update: rows").entries())
        expectRanges(row, `update: row ${at}`);
      view.update(rows);
    },
    showBackfills(backfills) {
      for (const [at, backfill] of expectList(backfills, "showBackfills: backfills").entries()) {
        expectBackfill(backfill, `showBackfills: backfill ${at}`);
      }
      view.showBackfills(backfills);
    },
    select(asset, partitions) {
      expectText(asset, "select: asset");
      if (partitions !== null) expectText(partitions, "select: partitions");
      view.select(asset, partitions);
    },
    showEmpty(cause, action) {
      expectText(cause, "showEmpty: cause");
      if (action !== null) expectText(action, "showEmpty: action");
      view.showEmpty(cause, action);
    },
  };
}

const kinds = ["hourly", "daily", "weekly", "monthly", "cron", "static", "dynamic", "multi"];
const statuses = ["running", "paused", "canceling", "canceled", "succeeded", "failed"];

function expectMatrix(value: unknown): void {
  const { now, rows, dynamicKeys } = expectRecord(value, "show: matrix");
  expectCount(now, "show: now");
  for (const [at, row] of expectList(rows, "show: rows").entries()) {
    const { definition, group } = expectRanges(row, `show: row ${at}`);
    expectText(group, `show: row ${at}: group`);
    const { kind } = expectRecord(definition, `show: row ${at}: definition`);
    expectOneOf(kind, kinds, `show: row ${at}: kind`);
  }
  if (dynamicKeys === undefined) return;
  for (const [name, keys] of Object.entries(expectRecord(dynamicKeys, "show: dynamicKeys"))) {
    for (const key of expectList(keys, `show: keys of ${name}`)) expectText(key, `show: key of ${name}`);
  }
}

function expectRanges(value: unknown, what: string): Record<string, unknown> {
  const row = expectRecord(value, what);
  expectText(row.asset, `${what}: asset`);
  let end = -1;
  for (const range of expectList(row.ranges, `${what}: ranges`)) {
    end = expectRange(range, end, what);
  }
  return row;
}

/** Hundreds of thousands come at once: words are made only for what is wrong. */
function expectRange(range: unknown, end: number, what: string): number {
  const { first, last, state } = (range ?? {}) as { first: number; last: number; state: PartitionStateName };
  const isInOrder = Number.isSafeInteger(first) && Number.isSafeInteger(last) && first > end && last >= first;
  if (isInOrder && stateNames.has(state)) return last;
  expectRecord(range, `${what}: range`);
  expectCount(first, `${what}: range: first`);
  expectCount(last, `${what}: range: last`);
  expectOneOf(state, drawnStates, `${what}: range: state`);
  throw new TypeError(
    `${what}: the range ${first} to ${last} is out of order; send ranges from left to right.`,
  );
}

const stateNames: ReadonlySet<PartitionStateName> = new Set(drawnStates);

function expectBackfill(value: unknown, what: string): void {
  const { id, status, progress } = expectRecord(value, what);
  expectText(id, `${what}: id`);
  expectOneOf(status, statuses, `${what}: status`);
  for (const part of expectList(progress, `${what}: progress`)) {
    const counts = expectRecord(part, `${what}: progress`);
    for (const name of ["targeted", "materialized", "running", "failed", "skipped"]) {
      expectCount(counts[name], `${what}: progress: ${name}`);
    }
  }
}
