import {
  type Disposable,
  Hover,
  type HoverProvider,
  l10n,
  languages,
  MarkdownString,
  type Position,
  type TextDocument,
  workspace,
} from "vscode";
import type { AssetKey } from "../../model/assetKey.ts";
import { explanationInWords, firstRunInWords } from "../../model/conditionRows.ts";
import type { ConditionAnswer } from "../../model/conditionState.ts";
import { formatAgo } from "../../model/format.ts";
import type { CommandId } from "../commands/commandIds.ts";
import type { Root } from "../root.ts";
import type { Roots } from "../roots.ts";
import { assetTooltip } from "../trees/assetTooltip.ts";

/** Over the first line of an asset: how it is, and why its rule makes it now or does not. */
export function registerAutomationHover(roots: Roots): Disposable {
  const selector = [
    { language: "typescript", scheme: "file" },
    { language: "javascript", scheme: "file" },
  ];
  return languages.registerHoverProvider(selector, new AssetHover(roots));
}

class AssetHover implements HoverProvider {
  private readonly roots: Roots;

  constructor(roots: Roots) {
    this.roots = roots;
  }

  async provideHover(document: TextDocument, { line }: Position): Promise<Hover | null> {
    const root = this.roots.of(document.uri);
    const placed = await root?.graph.placesIn(document);
    const key = placed?.find(it => it.line === line)?.key;
    const asset = key === undefined ? undefined : root?.graph.asset(key);
    if (root === undefined || key === undefined || asset === undefined) return null;
    const about = assetTooltip(root, asset, root.state.stateOf(key));
    // Nothing is started by a pointer that rests.
    if (!asset.automation || !workspace.isTrusted || root.engine.status() !== "running")
      return new Hover(about);
    const answer = await root.engine.ask(host => host.why(key)).catch(() => null);
    return new Hover(answer === null ? about : [about, whyInWords(root, key, answer)]);
  }
}

function whyInWords(root: Root, key: AssetKey, answer: ConditionAnswer) {
  const { now, isOff, isWatched, lastRequest } = answer;
  const text = new MarkdownString("", true);
  text.isTrusted = { enabledCommands: ["millrace.showCondition" satisfies CommandId] };
  const words = isOff ? l10n.t("switched off by hand") : now ? explanationInWords(now) : "";
  text.appendMarkdown("$(question) ").appendText(words);
  if (!isWatched && !isOff) text.appendMarkdown("\n\n").appendText(l10n.t("No daemon has looked at it yet."));
  const first = firstRunInWords(answer);
  if (first !== null) text.appendMarkdown("\n\n").appendText(first);
  if (lastRequest) {
    const when = formatAgo(lastRequest.at, Date.now());
    text.appendMarkdown("\n\n").appendText(l10n.t("Requested {0}: {1}", when, lastRequest.reason));
  }
  const target = encodeURIComponent(JSON.stringify([{ root: root.path, asset: key }]));
  return text.appendMarkdown(`\n\n[${l10n.t("Show why")}](command:millrace.showCondition?${target})`);
}
