import type { AssetKey } from "../../src/model/assetKey.ts";
import type { AssetStateName } from "../../src/model/assetState.ts";
import type { BackfillSummary } from "../../src/model/backfillState.ts";
import { connect, type Port } from "../../src/protocol/channel.ts";
import type { PartitionDetails, PartitionsHost, PartitionsView } from "../../src/protocol/partitions.ts";
import type { Browser } from "../shared/browser.ts";
import { drawEmptyNote, type EmptyNote } from "../shared/emptyNote.ts";
import { createFooter } from "../shared/footer.ts";
import type { ViewMemory } from "../shared/host.ts";
import { isInControl } from "../shared/plotKeys.ts";
import type { TooltipLine } from "../shared/tooltip.ts";
import { createBackfillList } from "./backfillList.ts";
import { keyAction, type Move } from "./keys.ts";
import { drawnStates, sumOf } from "./layout/counts.ts";
import {
  type Block,
  gridBlocks,
  type MatrixAsset,
  overviewBlocks,
  readMatrix,
  updateMatrix,
} from "./matrix.ts";
import { recall } from "./memory.ts";
import { guardMessages } from "./messages.ts";
import { createPicture } from "./picture.ts";
import { type Chosen, chosenOf, type Place, type Selected, selectedOf } from "./place.ts";
import { createPlanner } from "./planner.ts";
import { createToolbar } from "./toolbar.ts";
import { createTwin } from "./twin.ts";
import { twinGrid } from "./twinGrid.ts";
import { firstPlace, walk } from "./walk.ts";
import { captionText, lineShareText, lineText, statesText, tooltipLines } from "./words.ts";

/** Builds the picture into `root`, listens to the host, and asks it for what the user wants. */
export function startPartitions(root: HTMLElement, port: Port, memory: ViewMemory, browser: Browser): void {
  const remembered = recall(memory.read());
  let now = browser.now();
  let assets: readonly MatrixAsset[] | null = null;
  let blocks: readonly Block[] = [];
  let alone = remembered.alone;
  let selected: Selected | null = null;
  let chosen: Chosen | null = null;
  /** What is to be selected as soon as it is there. */
  let wanted = remembered.selected;
  let emptyNote: EmptyNote | null = { cause: "Asking the engine …", action: null };
  let backfills: readonly BackfillSummary[] = [];
  let isRedrawDue = false;
  const details = new Map<string, PartitionDetails>();

  const host = connect<PartitionsView, PartitionsHost>(
    port,
    guardMessages({ show, update, showBackfills, select: selectWanted, showEmpty }),
  );
  const toolbar = createToolbar(root, {
    filter: applyFilter,
    leaveFilter: () => twin.focus(),
    back: () => showAlone(null),
    zoom: factor => picture.zoomBy(factor),
    showAll: () => picture.showAll(),
    plan,
  });
  const element = (className: string, parent: HTMLElement) => {
    const made = root.ownerDocument.createElement("div");
    made.className = className;
    parent.append(made);
    return made;
  };
  const middle = element("middle", root);
  const stage = element("stage", middle);
  // Cut, copy and paste mean nothing on a picture.
  stage.dataset.vscodeContext = JSON.stringify({ preventDefaultContextMenuItems: true });
  const picture = createPicture(
    stage,
    browser,
    {
      select: next => select(next),
      selected(isRange) {
        twin.focus();
        announceSelected();
        if (isRange || planner.isOpen()) plan(false);
      },
      open,
      moved: remember,
      linesAbout,
    },
    remembered.spans,
  );
  const twin = createTwin(stage, place => {
    select({ anchor: place, head: place });
    picture.reveal(place);
  });
  const planner = createPlanner(middle, {
    plan: request => host.plan(request),
    async launch(request) {
      await host.launch(request);
      twin.announce("The backfill is launched.");
    },
    details: (asset, partition) => host.details(asset as AssetKey, partition),
    openRun: runId => ask(host.openRun(runId)),
    select: partitions => selectTyped(partitions),
    closed: () => twin.focus(),
    now: browser.now,
    later: browser.later,
  });
  const backfillList = createBackfillList(root, (id, action) => ask(host.act(id, action)));
  const footer = createFooter(root);
  const lettering = {
    measureName: browser.measureIn(root, 13),
    measureTick: browser.measureIn(root, 11),
    shareOf: ({ track }: { track: ReturnType<Block["trackAt"]> }) => lineShareText(track),
  };

  // The outline shows where the keyboard is, and stays away while the pointer is used.
  stage.addEventListener("pointerdown", () => stage.classList.add("by-pointer"));
  root.addEventListener("keydown", event => {
    stage.classList.remove("by-pointer");
    const action = isInControl(event.target) ? null : keyAction(event);
    if (!action || assets === null) return;
    event.preventDefault();
    picture.forgetPointer();
    twin.focus();
    if (action.do === "move") move(action.by, action.extends);
    else if (action.do === "zoom") picture.zoomBy(action.factor);
    else if (action.do === "whole") picture.showAll();
    else if (action.do === "filter") toolbar.focusFilter();
    else if (action.do === "open") openSelected();
    else if (action.do === "leave") leave();
    else enter();
  });
  browser.every(1000, () => {
    if (backfills.some(it => it.endedAt === null)) backfillList.show(backfills, browser.now());
  });
  backfillList.show([], now);
  redraw();
  ask(host.ready());

  function show(matrix: Parameters<PartitionsView["show"]>[0]): void {
    wanted ??= rememberedSelection();
    now = matrix.now;
    assets = readMatrix(matrix);
    details.clear();
    emptyNote =
      assets.length > 0
        ? null
        : {
            cause: "No asset has partitions yet. Give one a partitions option, such as dailyPartitions.",
            action: null,
          };
    rebuild();
  }

  function update(rows: Parameters<PartitionsView["update"]>[0]): void {
    if (assets === null) return;
    assets = updateMatrix(assets, rows);
    details.clear();
    if (isRedrawDue) return;
    isRedrawDue = true;
    // While a backfill runs, many changes arrive between two frames.
    browser.beforePaint(() => {
      isRedrawDue = false;
      buildBlocks();
      chosen = selected && chosenOf(blocks, selected);
      redraw();
    });
  }

  function showBackfills(list: BackfillSummary[]): void {
    const ended = list.some(
      it => it.endedAt !== null && backfills.some(old => old.id === it.id && old.endedAt === null),
    );
    backfills = list;
    backfillList.show(list, browser.now());
    if (ended) planner.refresh();
  }

  function selectWanted(asset: AssetKey, partitions: string | null): void {
    wanted = { asset, partitions };
    if (assets !== null) {
      if (alone !== null && alone !== asset) alone = null;
      rebuild();
      // Who asks for an asset wants to see all of it.
      if (selected) picture.reveal(selected.head, partitions === null);
      announceSelected();
    }
  }

  function showEmpty(cause: string, action: string | null): void {
    assets = null;
    blocks = [];
    selected = null;
    chosen = null;
    planner.close();
    picture.clear();
    emptyNote = {
      cause,
      action: action === null ? null : { label: action, act: () => ask(host.takeAction()) },
    };
    redraw();
  }

  /** Everything anew; what was selected is looked for among what is there now. */
  function rebuild(): void {
    buildBlocks();
    const target = wanted ?? rememberedSelection();
    wanted = null;
    selected = target && selectedOf(blocks, target.asset, target.partitions);
    chosen = selected && chosenOf(blocks, selected);
    redraw();
    followSelection();
  }

  function buildBlocks(): void {
    const all = assets ?? [];
    const one = all.find(it => it.asset === alone && it.grid.depth > 1);
    if (!one) alone = null;
    const query = toolbar.query().trim().toLowerCase();
    const matches = (it: MatrixAsset) => `${it.asset}\n${it.group}`.toLowerCase().includes(query);
    const found = query === "" ? all : all.filter(matches);
    blocks = one ? gridBlocks(one) : overviewBlocks(found);
    toolbar.showWhere(one ? one.asset : null);
    toolbar.showFound(query === "" || one ? "" : `${found.length} of ${all.length}`);
    if (all.length === 0) return;
    emptyNote =
      found.length > 0 || one
        ? null
        : { cause: `No asset matches “${query}”.`, action: { label: "Clear the filter", act: clearFilter } };
  }

  function applyFilter(): void {
    wanted = rememberedSelection();
    rebuild();
  }

  function clearFilter(): void {
    toolbar.clearFilter();
    applyFilter();
    toolbar.focusFilter();
  }

  function showAlone(asset: AssetKey | null): void {
    wanted = rememberedSelection();
    alone = asset;
    rebuild();
    if (selected === null) selectFirst();
    twin.focus();
    twin.announce(asset === null ? "All assets." : `${asset} alone: ${blocks[0]?.size ?? 0} lines.`);
    remember();
  }

  function selectFirst(): void {
    const first = firstPlace(blocks);
    if (first) select({ anchor: first, head: first });
  }

  function move(by: Move, isExtending: boolean): void {
    const block = selected && blocks[selected.head.block];
    if (!selected || !block) {
      selectFirst();
      return;
    }
    const to = walk(blocks, selected.head, by, picture.spanOf(block.axis));
    if (to === null) {
      twin.announce("Nothing further in this direction.");
      return;
    }
    const isRange = isExtending && to.block === selected.anchor.block;
    select({ anchor: isRange ? selected.anchor : to, head: to });
    picture.reveal(to);
    if (isRange) announceSelected();
  }

  function select(next: Selected | null): void {
    selected = next;
    chosen = next && chosenOf(blocks, next);
    redraw();
    followSelection();
    remember();
  }

  /** A range that was typed is marked; the planner keeps what was typed. */
  function selectTyped(partitions: string): void {
    const asset = chosen?.tracks[0]?.track.of.asset;
    const next = asset === undefined || partitions === "" ? null : selectedOf(blocks, asset, partitions);
    if (!next || !selected) return;
    const lines = alone === null ? { anchor: selected.anchor.line, head: selected.head.line } : null;
    selected = lines
      ? { anchor: { ...next.anchor, line: lines.anchor }, head: { ...next.head, line: lines.head } }
      : next;
    chosen = chosenOf(blocks, selected);
    redraw();
    if (chosen) planner.mark(chosen);
    picture.reveal(selected.head);
    remember();
  }

  function followSelection(): void {
    if (chosen && planner.isOpen()) planner.follow(chosen);
  }

  /** Into the grid of an asset of several dimensions, else to the planner. */
  function enter(): void {
    const track = trackAt(selected?.head);
    if (track && track.down === null) showAlone(track.of.asset);
    else plan();
  }

  function open(place: Place, isLabel: boolean): void {
    const track = trackAt(place);
    if (!track) return;
    if (track.down === null) showAlone(track.of.asset);
    else if (isLabel) ask(host.openSource(track.of.asset));
    else plan();
  }

  function openSelected(): void {
    const track = trackAt(selected?.head);
    if (track) ask(host.openSource(track.of.asset));
  }

  function plan(takesFocus = true): void {
    if (!chosen) return;
    if (planner.isOpen()) planner.follow(chosen);
    else planner.open(chosen);
    if (takesFocus) planner.focus();
  }

  function leave(): void {
    if (planner.isOpen()) planner.close();
    else if (selected && chosen && chosen.size > 1) select({ anchor: selected.head, head: selected.head });
    else if (alone !== null) showAlone(null);
    else select(null);
  }

  function trackAt(place: Place | undefined) {
    const block = place && blocks[place.block];
    return block && place.line < block.size ? block.trackAt(place.line) : undefined;
  }

  /** What is known at once, and once more with what the host knows. */
  function linesAbout(
    place: Place,
    redrawTooltip: (lines: readonly TooltipLine[]) => void,
  ): readonly TooltipLine[] {
    const about = chosenOf(blocks, { anchor: place, head: place });
    const track = trackAt(place);
    if (!about || !track) return [];
    const key = track.down === null ? track.across.keyAt(place.across) : about.first;
    const words = (known: PartitionDetails | null) =>
      tooltipLines(track.of.asset, key, statesText(about), known, browser.now());
    if (about.size !== 1) return words(null);
    const name = `${track.of.asset}\n${key}`;
    const known = details.get(name) ?? null;
    if (known === null) {
      host.details(track.of.asset, key).then(
        found => {
          details.set(name, found);
          redrawTooltip(words(found));
        },
        () => {},
      );
    }
    return words(known);
  }

  /** A refusal is told where the user looks; the host tells the details. */
  function ask(answer: Promise<void>): void {
    answer.catch((error: Error) => {
      footer.say(error.message);
      twin.announce(error.message);
    });
  }

  function redraw(): void {
    drawEmptyNote(stage, emptyNote);
    stage.classList.toggle("is-empty", emptyNote !== null);
    if (assets !== null) picture.show({ blocks, selected, chosen, now }, lettering);
    footer.say(chosen ? captionText(chosen) : "");
    footer.count(countStates());
    toolbar.offer(chosen ? captionText(chosen) : null);
    twin.show(twinGrid(blocks, selected, chosen, alone, { lineText, statesText }));
  }

  /** Of all assets, or of the one that is shown alone. */
  function countStates(): Map<AssetStateName, number> {
    const counts = new Map<AssetStateName, number>();
    const add = (state: AssetStateName, count: number) => counts.set(state, (counts.get(state) ?? 0) + count);
    for (const { asset, totals, partitions } of assets ?? []) {
      if (alone !== null && asset !== alone) continue;
      for (const [at, state] of drawnStates.entries()) add(state, totals[at] as number);
      add("missing", partitions.count - sumOf(totals));
    }
    return counts;
  }

  function announceSelected(): void {
    twin.announce(chosen ? `Selected ${captionText(chosen)}.` : "Nothing selected.");
  }

  function rememberedSelection(): { asset: AssetKey; partitions: string | null } | null {
    const asset = trackAt(selected?.anchor)?.of.asset;
    return chosen && asset ? { asset, partitions: chosen.partitions } : null;
  }

  function remember(): void {
    if (assets !== null) memory.write({ alone, selected: rememberedSelection(), spans: picture.spans() });
  }
}
