import { closestName } from "./closestName.ts";
import { formatCount } from "./format.ts";
import type { ListedPartitions } from "./listedPartitions.ts";
import type { Partitioning } from "./partitions.ts";
import { keyDelimiter, rangeDelimiter } from "./partitionsDefinition.ts";
import type { TimeWindows } from "./timeWindows.ts";

/** Says that a key is of no partition, why so, which there are, and which one or which range was meant. */
export function unknownPartition(partitions: Partitioning, key: string): string {
  const named = `There is no partition "${key}"`;
  if (partitions.count === 0) return `${named}: none exists yet.`;
  const range = meantRange(partitions, key);
  if (range) return `${named}. Between the ends of a range stand three dots: ${range}.`;
  const why = whyNot(partitions, key);
  const last = partitions.count - 1;
  const known =
    last === 0
      ? `There is ${partitions.keyAt(0)} alone.`
      : `There are ${partitions.keyAt(0)} … ${partitions.keyAt(last)} (${formatCount(partitions.count)}).`;
  const meant = meantKey(partitions, key);
  return `${named}${why ? `: ${why}` : ""}. ${known}${meant === null ? "" : ` Did you mean "${meant}"?`}`;
}

/** Why a partition that others need is not there, and what to do about the two definitions. */
export function neededInVain(partitions: Partitioning, key: string, needing: string): string {
  const why = partitions.kind === "time" ? whyNoWindow(partitions, key) : null;
  const whatToDo =
    why === notYet
      ? `Leave out the last partitions of ${needing} by endOffset`
      : why === after
        ? "End the partitions of both at the same time"
        : "Begin the partitions of both at the same time";
  return `which does not exist${why ? `: ${why}` : ""}. ${whatToDo}`;
}

const notYet = "it has not ended yet";
const after = "it is after the last one";

function whyNot(partitions: Partitioning, key: string): string | null {
  if (partitions.kind === "listed") return null;
  if (partitions.kind === "time") return whyNoWindow(partitions, key);
  const parts = key.split(keyDelimiter);
  const names = partitions.dimensions.map(it => it.name);
  if (parts.length !== names.length) {
    return `a key has ${names.length} parts, ${names.join(keyDelimiter)}`;
  }
  const at = partitions.dimensions.findIndex((it, i) => it.partitions.indexOf(parts[i] ?? "") === null);
  const dimension = partitions.dimensions[at];
  if (!dimension) return null;
  const why = whyNot(dimension.partitions, parts[at] ?? "");
  return `${dimension.name} has no "${parts[at]}"${why ? `, ${why}` : ""}`;
}

/** A window that there would be, but for its time. */
function whyNoWindow(windows: TimeWindows, key: string): string | null {
  const index = windows.indexOfAny(key);
  if (index === null) return null;
  if (index < 0) return "it is before the first one";
  const { end, endOffset } = windows.definition;
  return end === null && endOffset === 0 ? notYet : after;
}

/** The key that was meant; numbers that differ are meant, unless they are written in another way. */
function meantKey(partitions: Partitioning, key: string): string | null {
  if (partitions.kind === "time") return sameNumbers(partitions, key);
  if (partitions.kind === "listed") return closestKey(partitions, key);
  const parts = key.split(keyDelimiter);
  if (parts.length !== partitions.dimensions.length) return null;
  const meant = partitions.dimensions.map(({ partitions: dimension }, i) => {
    const part = parts[i] ?? "";
    return dimension.indexOf(part) === null ? meantKey(dimension, part) : part;
  });
  return meant.includes(null) ? null : meant.join(keyDelimiter);
}

/** Of more keys nobody knows by heart which one is near. */
const mostCompared = 2_000;

function closestKey(listed: ListedPartitions, key: string): string | null {
  return listed.count > mostCompared ? null : closestName(key, keysOf(listed));
}

/** "2026-1-5", "2026/01/05" and "20260105" are 2026-01-05. */
function sameNumbers(windows: TimeWindows, key: string): string | null {
  const numbers = (text: string) => text.match(/\d+/g)?.map(Number).join(" ") ?? "";
  const digits = (text: string) => text.replace(/\D/g, "");
  if (digits(key) === "" || windows.count > mostCompared) return null;
  const candidates = keysOf(windows);
  return (
    candidates.find(it => numbers(it) === numbers(key)) ??
    candidates.find(it => digits(it) === digits(key)) ??
    null
  );
}

function keysOf({ count, keyAt }: ListedPartitions | TimeWindows): string[] {
  return Array.from({ length: count }, (_, at) => keyAt(at));
}

/** What people write between the ends of a range; where it may be part of a key, both ends exist. */
function meantRange({ indexOf }: Partitioning, text: string): string | null {
  for (const { index, 0: separator } of text.matchAll(/\.{2,}|…|\s+to\s+|[-:/–—]/g)) {
    const ends = [text.slice(0, index).trim(), text.slice(index + separator.length).trim()];
    const existing = ends.filter(it => indexOf(it) !== null).length;
    if (existing === 2 || (existing === 1 && /\.|…/.test(separator))) return ends.join(rangeDelimiter);
  }
  return null;
}
