import { type AssetGraph, type GraphIndex, indexGraph, isExternal } from "../../src/model/assetGraph.ts";
import { type AssetKey, keyName } from "../../src/model/assetKey.ts";
import type { AssetState } from "../../src/model/assetState.ts";
import { connect, type Port } from "../../src/protocol/channel.ts";
import type { LineageHost, LineageView } from "../../src/protocol/lineage.ts";
import type { Browser } from "../shared/browser.ts";
import { drawEmptyNote, type EmptyNote } from "../shared/emptyNote.ts";
import { createFooter } from "../shared/footer.ts";
import type { ViewMemory } from "../shared/host.ts";
import type { ZoomState } from "../shared/zoom.ts";
import { drawnState } from "./draw/scene.ts";
import { filterGraph } from "./filter.ts";
import { keyAction } from "./keys.ts";
import type { Layout } from "./layout/placed.ts";
import { layout } from "./layout.ts";
import { guardMessages } from "./messages.ts";
import { pathThrough } from "./path.ts";
import { createPicture } from "./picture.ts";
import { createToolbar } from "./toolbar.ts";
import { createTwin } from "./twin.ts";
import { createWalk, type Direction, type Walk } from "./walk.ts";
import { assetText, captionText, type Facts, stepText, tooltipLines } from "./words.ts";

/** A graph laid out: all of it, or what the filter leaves. */
interface Shown {
  readonly graph: AssetGraph;
  readonly index: GraphIndex;
  readonly layout: Layout;
  readonly walk: Walk;
}

/** Builds the picture into `root`, listens to the host, and asks it for what the user wants. */
export function startLineage(root: HTMLElement, port: Port, memory: ViewMemory, browser: Browser): void {
  let whole: Shown | null = null;
  let shown: Shown | null = null;
  let query = "";
  let emptyNote: EmptyNote | null = { cause: "Reading the workspace …", action: null };
  const states = new Map<AssetKey, AssetState>();
  const remembered = recall(memory.read());
  let selected = remembered.selected;
  let followed: AssetKey | null = null;
  let hovered: AssetKey | null = null;
  let isRedrawDue = false;

  const host = connect<LineageView, LineageHost>(
    port,
    guardMessages({ show, showStates, select: follow, showEmpty }),
  );
  const toolbar = createToolbar(root, {
    filter,
    leaveFilter,
    materialize,
    showDetails,
    fit: () => picture.showAll(),
  });
  const stage = root.ownerDocument.createElement("div");
  stage.className = "stage";
  // Cut, copy and paste mean nothing on a picture.
  stage.dataset.vscodeContext = JSON.stringify({ preventDefaultContextMenuItems: true });
  root.append(stage);
  const picture = createPicture(
    stage,
    browser,
    {
      hover(asset) {
        hovered = asset;
        drawPicture();
      },
      select(asset) {
        choose(asset);
        announceSelected();
        twin.focus();
        if (asset !== null) ask(host.showSource(asset));
      },
      open: openSource,
      moved: remember,
      linesAbout: ({ asset }) => tooltipLines(asset, facts()),
    },
    remembered.zoom,
  );
  const twin = createTwin(stage, (asset, isTwice) => {
    choose(asset);
    picture.reveal(asset);
    if (isTwice) openSource(asset);
    else ask(host.showSource(asset));
  });
  const footer = createFooter(root);
  const measureName = browser.measureIn(root, 13);
  const measureGroup = browser.measureIn(root, 11);

  // The outline shows where the keyboard is, and stays away while the pointer is used.
  stage.addEventListener("pointerdown", () => stage.classList.add("by-pointer"));
  root.addEventListener("keydown", () => stage.classList.remove("by-pointer"));
  root.addEventListener("keydown", event => {
    const action = isInControl(event.target) ? null : keyAction(event);
    if (!action) return;
    event.preventDefault();
    picture.forgetPointer();
    twin.focus();
    if (action.do === "walk") walk(action.direction);
    else if (action.do === "fit") picture.showAll();
    else if (action.do === "zoom") picture.zoomBy(action.factor);
    else if (action.do === "filter") toolbar.focusFilter();
    else if (action.do === "unselect") select(null);
    else if (action.do === "details") showDetails();
    else if (action.do === "materialize") materialize(action.withUpstream);
    else if (selected !== null) openSource(selected);
  });
  browser.every(1000, () => {
    if (states.get(selected ?? ("" as AssetKey))?.state === "running") describe();
  });
  redraw();
  ask(host.ready());

  function show(graph: AssetGraph): void {
    whole = lay(graph, whole?.layout ?? null);
    emptyNote =
      graph.assets.length > 0
        ? null
        : {
            cause: "There are no assets in this workspace yet.",
            action: { label: "Create a first asset", act: takeAction },
          };
    applyFilter();
  }

  function showStates(changed: AssetState[]): void {
    for (const state of changed) states.set(state.asset, state);
    // While much runs, many changes arrive between two frames.
    if (isRedrawDue) return;
    isRedrawDue = true;
    browser.beforePaint(() => {
      isRedrawDue = false;
      redraw();
    });
  }

  /** The editor's own selection: shown even when the filter hides it. */
  function follow(asset: AssetKey | null): void {
    // Where the editor is on no asset, as before, what the user chose here stays chosen.
    if (asset === null && followed === null) return;
    followed = asset;
    if (asset !== null && query !== "" && !shown?.layout.byKey.has(asset)) {
      toolbar.clearFilter();
      filter("");
    }
    select(asset);
    if (asset === null) return;
    picture.reveal(asset);
    announceSelected();
  }

  function showEmpty(cause: string, action: string | null): void {
    whole = null;
    shown = null;
    picture.clear();
    emptyNote = { cause, action: action === null ? null : { label: action, act: takeAction } };
    redraw();
  }

  function filter(text: string): void {
    query = text.trim();
    applyFilter();
    if (shown) picture.showAll();
  }

  function applyFilter(): void {
    if (whole) {
      shown = query === "" ? whole : lay(filterGraph(whole.graph, whole.index, query), whole.layout, false);
      const isNothing = shown.graph.assets.length === 0 && whole.graph.assets.length > 0;
      toolbar.showFound(query === "" ? "" : `${shown.graph.assets.length} of ${whole.graph.assets.length}`);
      if (isNothing)
        emptyNote = {
          cause: `No asset matches “${query}”.`,
          action: { label: "Clear the filter", act: clear },
        };
      else if (whole.graph.assets.length > 0) emptyNote = null;
    }
    redraw();
  }

  function clear(): void {
    toolbar.clearFilter();
    filter("");
    toolbar.focusFilter();
  }

  function leaveFilter(): void {
    const first = shown?.layout.assets[0]?.asset.key;
    if (query !== "" && first && !(selected && shown?.layout.byKey.has(selected))) {
      select(first);
      picture.reveal(first);
    }
    twin.focus();
  }

  function walk(direction: Direction): void {
    if (!shown) return;
    const from = selected !== null && shown.layout.byKey.has(selected) ? selected : null;
    const first = shown.layout.assets[0]?.asset.key;
    const step = from === null ? null : shown.walk.step(from, direction);
    const to = from === null ? first : step?.to;
    if (from !== null) twin.announce(stepText(from, direction, step));
    if (to === undefined) return;
    choose(to);
    picture.reveal(to);
  }

  function select(asset: AssetKey | null): void {
    selected = asset;
    redraw();
    remember();
  }

  /** What the user selects here, others who show one asset show too. */
  function choose(asset: AssetKey | null): void {
    select(asset);
    if (asset !== null) ask(host.choose(asset));
  }

  function materialize(withUpstream: boolean): void {
    const asset = selected === null ? undefined : whole?.index.nodes.get(selected);
    if (!asset || isExternal(asset)) return;
    const name = keyName(asset.key);
    twin.announce(withUpstream ? `Materializing ${name} with upstream.` : `Materializing ${name}.`);
    ask(host.materialize(asset.key, withUpstream));
  }

  function showDetails(): void {
    if (selected !== null && whole?.index.nodes.has(selected)) ask(host.showDetails(selected));
  }

  function openSource(asset: AssetKey): void {
    ask(host.openSource(asset));
  }

  function takeAction(): void {
    ask(host.takeAction());
  }

  /** A refusal is told where the user looks; the host tells the details. */
  function ask(answer: Promise<void>): void {
    answer.catch((error: Error) => {
      footer.say(error.message);
      twin.announce(error.message);
    });
  }

  function lay(graph: AssetGraph, previous: Layout | null, keepsPlaces = true): Shown {
    const index = indexGraph(graph);
    const placed = layout(graph, { keepsPlaces }, previous);
    return { graph, index, layout: placed, walk: createWalk(placed, index) };
  }

  function redraw(): void {
    drawEmptyNote(stage, emptyNote);
    stage.classList.toggle("is-empty", emptyNote !== null);
    drawPicture();
    describe();
  }

  function drawPicture(): void {
    if (!shown) return;
    const centre = [hovered, selected].find(it => it !== null && shown?.layout.byKey.has(it)) ?? null;
    const path = centre === null ? null : pathThrough(shown.index, centre);
    picture.show({ layout: shown.layout, states, selected, path, measureName, measureGroup });
  }

  /** Everything that is said in words: the list, the line below, the buttons. */
  function describe(): void {
    const about = facts();
    const asset = selected === null ? undefined : about.index.nodes.get(selected);
    footer.say(asset ? captionText(asset, about) : "");
    toolbar.offer(asset ? keyName(asset.key) : null, asset !== undefined && !isExternal(asset));
    const assets = shown?.layout.assets ?? [];
    footer.count(countEach(assets.flatMap(it => drawnState(states, it) ?? [])));
    twin.show(assets, selected, it => assetText(it.asset, about));
  }

  function announceSelected(): void {
    const about = facts();
    const asset = selected === null ? undefined : about.index.nodes.get(selected);
    twin.announce(asset ? `Selected ${assetText(asset, about)}.` : "Nothing selected.");
  }

  function facts(): Facts {
    return { index: whole?.index ?? noAssets, states, now: browser.now() };
  }

  function remember(): void {
    if (whole) memory.write({ selected, zoom: picture.zoom() });
  }
}

function countEach<Item>(items: readonly Item[]): Map<Item, number> {
  const counts = new Map<Item, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

/** A field or a button has keys of its own. */
function isInControl(target: EventTarget | null): boolean {
  return (target as Element | null)?.closest?.("input, button") != null;
}

const noAssets = indexGraph({ assets: [], edges: [] });

/** What an earlier life of this picture wrote, or nothing when it is not in a form we know. */
function recall(value: unknown): { selected: AssetKey | null; zoom: ZoomState | null } {
  const { selected, zoom } = (value ?? {}) as { selected?: unknown; zoom?: Partial<ZoomState> };
  const isZoom = [zoom?.x, zoom?.y, zoom?.k].every(Number.isFinite) && (zoom?.k ?? 0) > 0;
  return {
    selected: typeof selected === "string" ? (selected as AssetKey) : null,
    zoom: isZoom ? (zoom as ZoomState) : null,
  };
}
