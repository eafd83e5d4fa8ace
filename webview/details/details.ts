import { select } from "d3-selection";
import type { AssetDetails } from "../../src/model/assetDetails.ts";
import { connect, type Port } from "../../src/protocol/channel.ts";
import type {
  CompiledSql,
  DetailsHost,
  DetailsSurroundings,
  DetailsView,
  RememberedDetails,
} from "../../src/protocol/details.ts";
import type { Browser } from "../shared/browser.ts";
import { parentOf } from "../shared/controls.ts";
import { drawEmptyNote } from "../shared/emptyNote.ts";
import type { ViewMemory } from "../shared/host.ts";
import { createFacts, createHistory, createNeighbours } from "./aside.ts";
import { createChecks } from "./checks.ts";
import { createColumns } from "./columns.ts";
import { createCompiledSql } from "./compiledSql.ts";
import { createStateCard, createToolbar } from "./head.ts";
import { keyAction } from "./keys.ts";
import { guardMessages } from "./messages.ts";
import type { Scene, Wishes } from "./scene.ts";
import { addBox, selectOne } from "./section.ts";
import { stateText } from "./words.ts";

/** Builds the page of one asset into `root`, listens to the host, and asks it for what the user wants. */
export function startDetails(root: HTMLElement, port: Port, memory: ViewMemory, browser: Browser): void {
  let shown: { details: AssetDetails; surroundings: DetailsSurroundings } | null = null;
  let sql: CompiledSql | null = null;
  let running: ReadonlySet<string> = new Set();
  let unfolded: ReadonlySet<string> = new Set();
  let said = "";
  /** The user went to another asset by a click on this page: the keyboard goes with them. */
  let isFollowed = false;

  const host = connect<DetailsView, DetailsHost>(
    port,
    guardMessages({ show, showSql, showRunning, showEmpty }),
  );
  const wishes: Wishes = {
    act: action => ask(host.act(action)),
    look(asset) {
      isFollowed = true;
      ask(host.look(asset));
    },
    back() {
      isFollowed = true;
      ask(host.back());
    },
    keep: isKept => ask(host.keep(isKept)),
    openRun: runId => ask(host.openRun(runId)),
    runCheck: check => ask(host.runCheck(check)),
    openCheck: check => ask(host.openCheck(check)),
    unfold(list) {
      unfolded = new Set(unfolded.has(list) ? [...unfolded].filter(it => it !== list) : [...unfolded, list]);
      redraw();
    },
  };
  const toolbar = createToolbar(root, wishes);
  const stage = parentOf(root).append("div").attr("class", "stage");
  const notice = stage.append("p").attr("class", "notice").attr("role", "status");
  const page = addBox(selectOne(stage.node() as HTMLElement), "main", "page");
  const card = createStateCard(addBox(page, "div", "top"), wishes);
  const main = addBox(page, "div", "main");
  const aside = addBox(page, "div", "aside");
  const columns = createColumns(main, wishes, id => checks.focus(id));
  const checks = createChecks(main, wishes);
  const parts = [
    columns,
    checks.show,
    createCompiledSql(main, wishes),
    createFacts(aside, wishes),
    createNeighbours(aside, "upstream", wishes),
    createNeighbours(aside, "downstream", wishes),
    createHistory(aside, wishes),
  ];
  const voice = select(root).append("div").attr("class", "for-readers").attr("role", "status");

  root.addEventListener("keydown", event => {
    const action = keyAction(event);
    if (action === null || shown === null) return;
    if (action === "back") {
      if (!shown.surroundings.canGoBack) return;
      event.preventDefault();
      return wishes.back();
    }
    const { details, surroundings } = shown;
    const runs = surroundings.canRun && !details.isExternal;
    if (action !== "openSource" && !(action === "showRows" ? surroundings.canRun && details.hasRows : runs))
      return;
    event.preventDefault();
    wishes.act(action);
  });
  // How it runs is told by the second, how old the rest is need not be.
  browser.every(1000, () => {
    if (shown !== null) card.show(sceneOf(shown));
  });
  browser.every(15_000, redraw);
  empty("Reading the workspace …");
  ask(host.ready(recall(memory.read())));

  function show(details: AssetDetails, surroundings: DetailsSurroundings): void {
    const isOther = shown?.details.asset !== details.asset || shown.surroundings.root !== surroundings.root;
    if (isOther) {
      sql = null;
      running = new Set();
      unfolded = new Set();
    }
    shown = { details, surroundings };
    memory.write({ root: surroundings.root, asset: details.asset, isKept: surroundings.isKept });
    drawEmptyNote(stage.node() as HTMLElement, null);
    page.attr("hidden", null);
    parentOf(root).select(".toolbar").attr("hidden", null);
    redraw();
    announce(`${details.asset}: ${stateText(details, browser.now())}`);
    if (!isOther) return;
    const scroller = page.node() as HTMLElement;
    scroller.scrollTop = 0;
    if (isFollowed) toolbar.focus();
    isFollowed = false;
  }

  function showSql(asset: string, next: CompiledSql | null): void {
    if (asset !== shown?.details.asset) return;
    sql = next;
    redraw();
  }

  function showRunning(next: readonly string[]): void {
    running = new Set(next);
    redraw();
  }

  function showEmpty(cause: string, action: string | null): void {
    shown = null;
    empty(cause, action);
  }

  function empty(cause: string, action: string | null = null): void {
    page.attr("hidden", "");
    notice.text("");
    parentOf(root).select(".toolbar").attr("hidden", "");
    drawEmptyNote(stage.node() as HTMLElement, {
      cause,
      action: action === null ? null : { label: action, act: () => ask(host.takeAction()) },
    });
  }

  function redraw(): void {
    if (shown === null) return;
    const scene = sceneOf(shown);
    toolbar.show(scene);
    card.show(scene);
    for (const draw of parts) draw(scene);
    notice
      .text(shown.surroundings.notice ?? "")
      .attr("hidden", shown.surroundings.notice === null ? "" : null);
  }

  function sceneOf(what: NonNullable<typeof shown>): Scene {
    return { ...what, sql, running, unfolded, now: browser.now() };
  }

  /** Once for each thing that can be said: words that only tell how time goes by are no news. */
  function announce(words: string): void {
    const lasting = words.replace(/\d+ (s|min|h|d) ago|just now|running \d.*/g, "");
    if (lasting !== said) voice.text(words);
    said = lasting;
  }

  /** A refusal is told where the user looks. */
  function ask(answer: Promise<void>): void {
    answer.catch((error: Error) => {
      notice.text(error.message).attr("hidden", null);
      voice.text(error.message);
    });
  }
}

/** What an earlier life of this page wrote, or nothing when it is not in a form we know. */
function recall(value: unknown): RememberedDetails | null {
  const { root, asset, isKept } = (value ?? {}) as Partial<Record<keyof RememberedDetails, unknown>>;
  if (typeof root !== "string" || typeof asset !== "string") return null;
  return { root, asset: asset as RememberedDetails["asset"], isKept: isKept === true };
}
