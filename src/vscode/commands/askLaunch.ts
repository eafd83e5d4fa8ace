import { l10n, type QuickPickItem, QuickPickItemKind, ThemeIcon, window } from "vscode";
import type { BackfillPlan, BackfillTargetPlan } from "../../model/backfillState.ts";
import { formatCount, formatDuration } from "../../model/format.ts";
import type { BackfillRequest } from "../../protocol/partitions.ts";
import type { Root } from "../root.ts";

/** Shows what a backfill would do; answers what to launch, or that another range is wanted. */
export async function askLaunch(
  root: Root,
  request: BackfillRequest,
  title: string,
): Promise<BackfillRequest | "back" | undefined> {
  const plan = await root.engine.ask(host => host.planBackfill(request));
  let wanted = request;
  for (;;) {
    const chosen = await window.showQuickPick(itemsOf(plan, wanted), {
      ignoreFocusOut: true,
      title,
      placeHolder: summaryOf(plan),
      matchOnDetail: true,
    });
    if (chosen === undefined || chosen.does === "nothing") return undefined;
    if (chosen.does === "back") return "back";
    if (chosen.does === "launch") return wanted;
    const maxParallel = await askParallel(title, wanted.maxParallel);
    if (maxParallel !== undefined) wanted = { ...wanted, maxParallel };
  }
}

interface Item extends QuickPickItem {
  readonly does: "launch" | "parallel" | "back" | "nothing";
}

function itemsOf(plan: BackfillPlan, { maxParallel }: BackfillRequest): Item[] {
  const launch: Item = {
    label: l10n.t("Launch"),
    description: summaryOf(plan),
    iconPath: new ThemeIcon("play"),
    does: "launch",
  };
  return [
    ...(plan.runs > 0 ? [launch] : []),
    {
      label: l10n.t("Runs at once…"),
      description: maxParallel === null ? l10n.t("default") : String(maxParallel),
      iconPath: new ThemeIcon("server-process"),
      does: "parallel",
    },
    { label: l10n.t("Another range…"), iconPath: new ThemeIcon("arrow-left"), does: "back" },
    { label: l10n.t("What it does"), kind: QuickPickItemKind.Separator, does: "nothing" },
    ...plan.targets.slice(0, mostTargets).map(
      (target): Item => ({
        label: target.asset,
        description: wordsOfTarget(target),
        does: plan.runs > 0 ? "launch" : "nothing",
      }),
    ),
    ...plan.notes.map((note): Item => ({ label: note, iconPath: new ThemeIcon("info"), does: "nothing" })),
  ];
}

const mostTargets = 20;

/** "31 partitions in 31 runs, about 2 min". */
function summaryOf({ targets, runs, estimatedMs }: BackfillPlan): string {
  const count = targets.reduce((sum, it) => sum + sizeOf(it), 0);
  if (count === 0) return l10n.t("Nothing to do: no partition of the range stands so.");
  const time =
    estimatedMs === null ? l10n.t("time not known yet") : l10n.t("about {0}", formatDuration(estimatedMs));
  if (count === 1) return l10n.t("1 partition in 1 run, {0}", time);
  if (runs === 1) return l10n.t("{0} partitions in 1 run, {1}", formatCount(count), time);
  return l10n.t("{0} partitions in {1} runs, {2}", formatCount(count), formatCount(runs), time);
}

function wordsOfTarget({ missing, failed, stale, done }: BackfillTargetPlan): string {
  const counted = [
    [missing, l10n.t("missing")],
    [failed, l10n.t("failed")],
    [stale, l10n.t("stale")],
    [done, l10n.t("materialized before")],
  ] as const;
  return counted
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${formatCount(count)} ${word}`)
    .join(" · ");
}

function sizeOf({ ranges }: BackfillTargetPlan): number {
  return ranges.reduce((sum, it) => sum + it.last - it.first + 1, 0);
}

async function askParallel(title: string, now: number | null): Promise<number | null | undefined> {
  const text = await window.showInputBox({
    ignoreFocusOut: true,
    title,
    prompt: l10n.t("How many runs at once; nothing for the default"),
    value: now === null ? "" : String(now),
    validateInput: it =>
      /^(|[1-9]\d{0,3})$/.test(it.trim()) ? null : l10n.t("Write a whole number from 1 on."),
  });
  if (text === undefined) return undefined;
  return text.trim() === "" ? null : Number(text);
}
