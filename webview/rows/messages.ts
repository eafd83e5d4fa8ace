import type { RowsSubject, RowsView, ShownRows } from "../../src/protocol/rows.ts";
import { expectList, expectOneOf, expectRecord, expectText } from "../shared/expect.ts";

/** The view behind a door that lets only well-formed messages in; the sender hears what was wrong. */
export function guardMessages(view: RowsView): RowsView {
  return {
    show: rows => view.show(expectRows(rows)),
    wait: (words, subject) => view.wait(expectText(words, "wait: words"), expectSubject(subject)),
    showEmpty: (cause, action) =>
      view.showEmpty(
        expectText(cause, "showEmpty: cause"),
        action === null ? null : expectText(action, "showEmpty: action"),
      ),
  };
}

function expectSubject(value: unknown): RowsSubject {
  const { root, asset, partition, test } = expectRecord(value, "wait: subject");
  expectText(root, "wait: root");
  expectText(asset, "wait: asset");
  if (partition !== null) expectText(partition, "wait: partition");
  if (test !== null) {
    const { name, uniqueId } = expectRecord(test, "wait: test");
    expectText(name, "wait: test: name");
    expectText(uniqueId, "wait: test: uniqueId");
  }
  return value as RowsSubject;
}

const kinds = ["number", "text", "time", "boolean", "other"];

function expectRows(value: unknown): ShownRows {
  const { asset, columns, rows } = expectRecord(value, "show: rows");
  expectText(asset, "show: asset");
  const width = expectList(columns, "show: columns").length;
  for (const [at, column] of (columns as unknown[]).entries()) {
    const { name, kind } = expectRecord(column, `show: column ${at}`);
    if (typeof name !== "string") throw new TypeError(`show: column ${at}: name is no text; send a text.`);
    expectOneOf(kind, kinds, `show: column ${at}: kind`);
  }
  for (const [at, row] of expectList(rows, "show: rows").entries()) {
    const found = expectList(row, `show: row ${at}`).length;
    if (found !== width) {
      throw new TypeError(`show: row ${at} has ${found} cells; send ${width}, one for each column.`);
    }
  }
  return value as ShownRows;
}
