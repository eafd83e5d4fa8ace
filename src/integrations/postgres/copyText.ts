import { types } from "node:util";
import { timestampText } from "./timestampText.ts";
import type { ValueKind } from "./valueKind.ts";

/** Writes a value, neither null nor undefined, as COPY's text format wants it; throws what is wrong with it. */
export type Encode = (value: never) => string;

/** How null is written. */
export const nullText = "\\N";

/** For columns whose values are known to be of one kind. */
export function encoderOfKind(kind: ValueKind): Encode {
  return encoders[kind];
}

/** For columns of a declared type: the value may have any form that PostgreSQL reads as that type. */
export function encoderOfType(type: string): Encode {
  if (type.endsWith("[]"))
    return (value: unknown) => escaped(arrayText(value, elementText(type.slice(0, -2))));
  const text = elementText(type);
  return (value: unknown) => escaped(text(value));
}

const encoders = {
  // A negative zero is a number of its own, and `${-0}` forgets it.
  number: (value: number) => (value === 0 && Object.is(value, -0) ? "-0" : `${value}`),
  bigint: (value: bigint) => `${value}`,
  boolean: (value: boolean) => (value ? "t" : "f"),
  timestamp: (value: Date) => timestampText(value),
  text: (value: string) => escaped(value),
  json: (value: unknown) => escaped(jsonText(value)),
  bytes: (value: Uint8Array) => `\\${bytesText(value)}`,
} satisfies Record<ValueKind, Encode>;

const special = /[\\\t\n\r\0\ud800-\udfff]/;
const escapes: Record<string, string> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

function escaped(text: string): string {
  if (!special.test(text)) return text;
  if (text.includes("\0")) throw new Error("holds the character U+0000, which PostgreSQL cannot store");
  if (/\p{Surrogate}/u.test(text))
    throw new Error("holds half of a surrogate pair, which is not a character");
  return text.replace(/[\\\t\n\r]/g, character => escapes[character] as string);
}

function jsonText(value: unknown): string {
  if (value instanceof Map || value instanceof Set) {
    throw new Error(
      `holds a ${value.constructor.name}, which JSON cannot express: make it an object or an array`,
    );
  }
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new Error("holds something that JSON cannot express");
  return text;
}

function bytesText(value: Uint8Array): string {
  return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}`;
}

/** The text by which PostgreSQL reads a value as `type`, not yet escaped for COPY. */
function elementText(type: string): (value: unknown) => string {
  if (type === "json" || type === "jsonb") return jsonText;
  return value => {
    switch (typeof value) {
      case "string":
        return value;
      case "number":
        return encoders.number(value);
      case "bigint":
      case "boolean":
        return `${value}`;
      case "object":
        if (types.isDate(value)) return type === "date" ? dayText(value) : timestampText(value);
        if (types.isUint8Array(value) && type === "bytea") return bytesText(value);
        throw new Error(`is declared ${type}, which cannot hold ${objectInWords(value)}`);
      default:
        throw new Error(`holds a ${typeof value}, which cannot be stored`);
    }
  };
}

function arrayText(value: unknown, element: (value: unknown) => string): string {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) throw new Error("is declared as an array, but holds none");
  const items = value.map(item => {
    if (item === null || item === undefined) return "NULL";
    if (Array.isArray(item)) return arrayText(item, element);
    return `"${element(item).replace(/["\\]/g, "\\$&")}"`;
  });
  return `{${items.join(",")}}`;
}

/** The day in UTC. */
function dayText(value: Date): string {
  return timestampText(value).replace(/T[^ ]*/, "");
}

function objectInWords(value: object | null): string {
  if (Array.isArray(value)) return "an array";
  return types.isUint8Array(value) ? "bytes" : "an object";
}
