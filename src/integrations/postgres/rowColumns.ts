import type { AssetKey } from "../../model/assetKey.ts";
import { inWords } from "../../sdk/inWords.ts";
import type { Row } from "../../sdk/row.ts";
import { type Encode, encoderOfKind, encoderOfType, nullText } from "./copyText.ts";
import { nameProblem } from "./relation.ts";
import { stampColumn } from "./sliceLayout.ts";
import { kindOf, typeOfKind, type ValueKind } from "./valueKind.ts";

/** One column of what an asset returned. */
export interface RowColumn {
  readonly name: string;
  /** As declared; null when its values decide. */
  readonly declared: DeclaredType | null;
  /** Null while it was only null. */
  readonly kind: ValueKind | null;
}

/** A declared type as it was written, and as PostgreSQL names it without length or precision. */
export interface DeclaredType {
  readonly written: string;
  readonly base: string;
}

interface LearnedColumn extends RowColumn {
  kind: ValueKind | null;
  /** The row that gave it its kind. */
  kindRow: number;
  encode: Encode;
  /** A row that leaves it out has it all the same, from Object.prototype: "constructor". */
  readonly inherited: boolean;
}

/** The type that a new column gets; text stands in while it was only null. */
export function columnType({ declared, kind }: RowColumn): string {
  return declared?.written ?? typeOfKind[kind ?? "text"];
}

/** The columns that an asset's rows have, learned row by row in the order in which they are first seen. */
export class RowColumns {
  readonly all: readonly RowColumn[];
  readonly #asset: AssetKey;
  readonly #columns: LearnedColumn[] = [];
  readonly #byName = new Map<string, LearnedColumn>();
  readonly #declared: boolean;
  readonly #stamp: ((row: Row) => string) | null;
  /** The keys of the row before, and their columns: rows mostly have the same keys in the same order. */
  #keys: string[] = [];
  #shape: (LearnedColumn | null)[] = [];

  /** `stamp` answers the key of a row's partition, which is stored beside the row's own columns. */
  constructor(
    asset: AssetKey,
    declared: ReadonlyMap<string, DeclaredType> | null,
    stamp: ((row: Row) => string) | null = null,
  ) {
    this.#asset = asset;
    this.#declared = declared !== null;
    this.#stamp = stamp;
    this.all = this.#columns;
    for (const [name, type] of declared ?? []) {
      if (!this.#isStamp(name)) this.#add(name, type, encoderOfType(type.base));
    }
  }

  /** The columns of a line, in its order. */
  get names(): string[] {
    const names = this.#columns.map(({ name }) => name);
    return this.#stamp ? [...names, stampColumn] : names;
  }

  get stamped(): boolean {
    return this.#stamp !== null;
  }

  /** Takes notice of a row; true when a column is new or has its first value. */
  learn(row: unknown, number: number): boolean {
    if (typeof row !== "object" || row === null || Array.isArray(row)) throw this.#noRow(row, number);
    const keys = Object.keys(row);
    let grew = this.#sameKeys(keys) ? false : this.#reshape(keys, number);
    if (this.#declared) return grew;
    if (this.#columns.length === 0) throw this.#noColumn(number);
    for (let at = 0; at < keys.length; at++) {
      const value = (row as Row)[keys[at] as string];
      if (value === null || value === undefined) continue;
      const column = this.#shape[at];
      if (!column) continue;
      const kind = this.#kindOf(value, column, number);
      if (kind === column.kind) continue;
      if (column.kind !== null) throw this.#mixed(column, value, number);
      column.kind = kind;
      column.kindRow = number;
      column.encode = encoderOfKind(kind);
      grew = true;
    }
    return grew;
  }

  /** A row as one line of COPY's text format. */
  line(row: Row, number: number): string {
    let line = "";
    const columns = this.#columns;
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at] as LearnedColumn;
      const value = column.inherited && !Object.hasOwn(row, column.name) ? null : row[column.name];
      if (at > 0) line += "\t";
      try {
        line += value === null || value === undefined ? nullText : column.encode(value as never);
      } catch (error) {
        throw this.#wrong(column.name, number, (error as Error).message);
      }
    }
    if (this.#stamp) line += `${columns.length > 0 ? "\t" : ""}${this.#stamp(row)}`;
    return `${line}\n`;
  }

  #isStamp(name: string): boolean {
    return name === stampColumn && this.#stamp !== null;
  }

  #sameKeys(keys: string[]): boolean {
    if (keys.length !== this.#keys.length) return false;
    for (let at = 0; at < keys.length; at++) if (keys[at] !== this.#keys[at]) return false;
    return true;
  }

  #reshape(keys: string[], number: number): boolean {
    const known = this.#columns.length;
    this.#shape = keys.map(key =>
      this.#isStamp(key) ? null : (this.#byName.get(key) ?? this.#discover(key, number)),
    );
    this.#keys = keys;
    return this.#columns.length > known;
  }

  #discover(name: string, number: number): LearnedColumn {
    if (this.#declared) {
      throw new Error(
        `Row ${number} of ${this.#asset} has the column "${name}", which is not declared. ` +
          `Add it to columns({ … }), or leave it out of the rows.`,
      );
    }
    const problem = nameProblem(name);
    if (problem) {
      throw new Error(
        `Row ${number} of ${this.#asset}: the column name "${name}" ${problem}. Rename the column.`,
      );
    }
    return this.#add(name, null, () => nullText);
  }

  #add(name: string, declared: DeclaredType | null, encode: Encode): LearnedColumn {
    const column = { name, declared, kind: null, kindRow: 0, encode, inherited: name in Object.prototype };
    this.#columns.push(column);
    this.#byName.set(name, column);
    return column;
  }

  #kindOf(value: unknown, column: LearnedColumn, number: number): ValueKind {
    try {
      return kindOf(value);
    } catch (error) {
      throw this.#wrong(column.name, number, (error as Error).message);
    }
  }

  #mixed({ name, kind, kindRow }: LearnedColumn, value: unknown, number: number): Error {
    return new Error(
      `Row ${number} of ${this.#asset}: column "${name}" holds ${valueInWords(value)}, ` +
        `but row ${kindRow} has ${kindInWords[kind as ValueKind]} there. ` +
        `Make the values of the column alike, or declare its type: columns({ ${JSON.stringify(name)}: "…" }).`,
    );
  }

  #wrong(column: string, number: number, problem: string): Error {
    return new Error(`Row ${number} of ${this.#asset}: column "${column}" ${problem}.`);
  }

  #noColumn(number: number): Error {
    return new Error(
      `Row ${number} of ${this.#asset} is an object without any column, and neither have the rows before it one. ` +
        "Declare columns({ … }), or begin with a row that names its columns.",
    );
  }

  #noRow(row: unknown, number: number): Error {
    return new Error(
      `Row ${number} of ${this.#asset} is ${inWords(row)}. A row is an object: { column: value, … }.`,
    );
  }
}

function valueInWords(value: unknown): string {
  const kind = kindInWords[kindOf(value)];
  if (typeof value === "object") return kind;
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  return `${kind} (${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown})`;
}

const kindInWords: Record<ValueKind, string> = {
  number: "a number",
  bigint: "a bigint",
  boolean: "a boolean",
  text: "text",
  timestamp: "a Date",
  json: "an object or an array",
  bytes: "bytes",
};
