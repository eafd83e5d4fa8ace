import { l10n, type QuickPickItem, window } from "vscode";
import type { AssetKey } from "../../model/assetKey.ts";
import { type Partitioning, partitionsAt } from "../../model/partitions.ts";
import { dynamicNames } from "../../model/partitionsDefinition.ts";
import { selectPartitions } from "../../model/selectPartitions.ts";
import type { MaterializeRequest } from "../../protocol/engine.ts";
import type { Root } from "../root.ts";

/** Partitions as a request names them. */
export type ChosenPartitions = Pick<MaterializeRequest, "partitions" | "only">;

/** Which partitions are meant, for an asset that has some; undefined when the question was dismissed. */
export async function askPartitions(root: Root, asset: AssetKey): Promise<ChosenPartitions | undefined> {
  const partitions = await partitionsOf(root, asset);
  if (partitions === null) return {};
  const chosen = await window.showQuickPick(choices(partitions), {
    ignoreFocusOut: true,
    title: l10n.t("Materialize {0}", asset),
    placeHolder: l10n.t("Which of its {0} partitions?", partitions.count),
  });
  if (chosen === undefined) return undefined;
  return chosen.request ?? askRange(asset, partitions);
}

/** The newest partition, without a question. */
export async function latestPartition(root: Root, asset: AssetKey): Promise<ChosenPartitions> {
  const partitions = await partitionsOf(root, asset);
  return partitions === null ? {} : { partitions: partitions.keyAt(partitions.count - 1) };
}

interface Choice extends QuickPickItem {
  /** Null: asks for a range. */
  request: ChosenPartitions | null;
}

/** As many as one scrolls through; more are reached by a range. */
const listed = 60;

function choices(partitions: Partitioning): Choice[] {
  const last = partitions.count - 1;
  const keys = Array.from({ length: Math.min(listed, partitions.count) }, (_, at) =>
    partitions.keyAt(last - at),
  );
  return [
    ...keys
      .slice(0, 1)
      .map(key => ({ label: key, description: l10n.t("latest"), request: { partitions: key } })),
    { label: l10n.t("Missing"), description: l10n.t("never materialized"), request: { only: ["missing"] } },
    {
      label: l10n.t("Failed"),
      description: l10n.t("the last attempt failed"),
      request: { only: ["failed"] },
    },
    { label: l10n.t("Stale"), description: l10n.t("something newer was made"), request: { only: ["stale"] } },
    {
      label: l10n.t("A range…"),
      description: `${partitions.keyAt(0)} … ${partitions.keyAt(last)}`,
      request: null,
    },
    ...keys.slice(1).map(key => ({ label: key, request: { partitions: key } })),
  ];
}

async function askRange(asset: AssetKey, partitions: Partitioning): Promise<ChosenPartitions | undefined> {
  const last = partitions.count - 1;
  const range = await window.showInputBox({
    ignoreFocusOut: true,
    title: l10n.t("Materialize {0}", asset),
    prompt: l10n.t("A key, or a range A...B, with commas between several"),
    value: `${partitions.keyAt(Math.max(0, last - 6))}...${partitions.keyAt(last)}`,
    validateInput(text) {
      const selected = selectPartitions(text, partitions);
      return "error" in selected ? selected.error : null;
    },
  });
  return range === undefined ? undefined : { partitions: range };
}

/** The partitions of an asset; null when it has none. Only loading the files tells them; the text says that there are some. */
async function partitionsOf(root: Root, asset: AssetKey): Promise<Partitioning | null> {
  if ((root.graph.asset(asset)?.partitions ?? null) === null) return null;
  const { assets } = await root.engine.ask(host => host.definitions());
  const definition = assets.find(it => it.key === asset)?.partitionsDefinition ?? null;
  if (definition === null) return null;
  const keys = new Map<string, readonly string[]>();
  for (const name of dynamicNames(definition)) {
    keys.set(name, await root.engine.ask(it => it.dynamicKeys(name)));
  }
  const dynamicKeys = (name: string) => keys.get(name) ?? [];
  const partitions = partitionsAt(definition, { now: Date.now(), dynamicKeys });
  if (partitions.count > 0) return partitions;
  throw new Error(l10n.t("{0} has no partitions yet.", asset));
}
