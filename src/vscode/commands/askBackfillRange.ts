import { l10n, type QuickPickItem, window } from "vscode";
import type { AssetKey } from "../../model/assetKey.ts";
import { endsOfLatest, isLatestLess } from "../../model/latestPartitions.ts";
import { type Partitioning, partitionsAt } from "../../model/partitions.ts";
import { rangeDelimiter } from "../../model/partitionsDefinition.ts";
import { selectPartitions } from "../../model/selectPartitions.ts";
import type { BackfillRequest } from "../../protocol/partitions.ts";
import type { Root } from "../root.ts";

/** Which partitions a backfill is about. */
export type BackfillRange = Pick<BackfillRequest, "partitions" | "only">;

/** Asks which partitions are meant; of one asset with their numbers. Undefined when the question was dismissed. */
export async function askBackfillRange(
  root: Root,
  asset: AssetKey | null,
  title: string,
): Promise<BackfillRange | undefined> {
  const known = asset === null ? null : await partitionsOf(root, asset);
  const chosen = await window.showQuickPick(choices(known), {
    ignoreFocusOut: true,
    title,
    placeHolder: l10n.t("Which partitions?"),
  });
  if (chosen === undefined) return undefined;
  return chosen.range ?? askRange(known?.partitions ?? null, title);
}

interface Choice extends QuickPickItem {
  /** Null: asks for a range. */
  readonly range: BackfillRange | null;
}

interface Known {
  readonly partitions: Partitioning;
  readonly counts: Readonly<Record<"missing" | "failed" | "stale", number>>;
}

/** What is to be repaired comes first; what there is none of is not offered. */
function choices(known: Known | null): Choice[] {
  const repairs = (
    [
      ["missing", l10n.t("Missing")],
      ["failed", l10n.t("Failed")],
      ["stale", l10n.t("Stale")],
    ] as const
  ).flatMap(([name, label]) => {
    const count = known?.counts[name];
    if (count === 0) return [];
    const description = count === undefined ? "" : numberOf(count);
    return [{ label, description, range: { partitions: null, only: [name] } } satisfies Choice];
  });
  const partitions = known?.partitions ?? null;
  return [
    ...repairs,
    ...(partitions && isLatestLess(partitions, 7)
      ? [{ label: l10n.t("Last 7"), description: lastText(partitions, 7), range: lastRange(partitions, 7) }]
      : []),
    {
      label: l10n.t("All"),
      description: partitions === null ? "" : numberOf(partitions.count),
      range: { partitions: null, only: [] },
    },
    {
      label: l10n.t("A range…"),
      description: partitions === null ? "" : lastText(partitions, partitions.count),
      range: null,
    },
  ];
}

async function askRange(partitions: Partitioning | null, title: string): Promise<BackfillRange | undefined> {
  const range = await window.showInputBox({
    ignoreFocusOut: true,
    title,
    prompt: l10n.t("A key, or a range A...B, with commas between several"),
    value: partitions === null ? "" : (lastRange(partitions, 7).partitions ?? ""),
    validateInput(text) {
      if (partitions === null) return text.trim() === "" ? l10n.t("Write a key or a range.") : null;
      const selected = selectPartitions(text, partitions);
      return "error" in selected ? selected.error : null;
    },
  });
  return range === undefined ? undefined : { partitions: range.trim(), only: [] };
}

function lastRange(partitions: Partitioning, count: number): BackfillRange {
  const [from, to] = endsOfLatest(partitions, count);
  return { partitions: from === to ? from : `${from}${rangeDelimiter}${to}`, only: [] };
}

function lastText(partitions: Partitioning, count: number): string {
  return endsOfLatest(partitions, count).join(" … ");
}

async function partitionsOf(root: Root, asset: AssetKey): Promise<Known | null> {
  const { now, rows, dynamicKeys = {} } = await root.engine.ask(host => host.partitionMatrix([asset]));
  const row = rows.find(it => it.asset === asset);
  if (row === undefined) return null;
  const partitions = partitionsAt(row.definition, { now, dynamicKeys: name => dynamicKeys[name] ?? [] });
  if (partitions.count === 0) throw new Error(l10n.t("{0} has no partitions yet.", asset));
  const counts = { missing: partitions.count, failed: 0, stale: 0 };
  for (const { first, last, state } of row.ranges) {
    const count = last - first + 1;
    counts.missing -= count;
    if (state === "failed" || state === "stale") counts[state] += count;
  }
  return { partitions, counts };
}

function numberOf(count: number): string {
  return count === 1 ? l10n.t("1 partition") : l10n.t("{0} partitions", count);
}
