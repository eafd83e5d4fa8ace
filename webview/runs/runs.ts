import type { AssetKey } from "../../src/model/assetKey.ts";
import type { AssetStateName } from "../../src/model/assetState.ts";
import type { LogLine, StepDetails } from "../../src/model/run.ts";
import { connect, type Port } from "../../src/protocol/channel.ts";
import type { BackfillName, RetryScope, RunsHost, RunsView } from "../../src/protocol/runs.ts";
import type { Browser } from "../shared/browser.ts";
import { drawEmptyNote, type EmptyNote } from "../shared/emptyNote.ts";
import { createFooter } from "../shared/footer.ts";
import type { ViewMemory } from "../shared/host.ts";
import { isInControl } from "../shared/plotKeys.ts";
import { createDetails } from "./details.ts";
import { choicesOf, filterRuns, isFiltering } from "./filter.ts";
import { keyAction, type Move } from "./keys.ts";
import { isLaneOpen, type Lane, type Line, lanesOf, linesOf, type TimedRun, timed } from "./lanes.ts";
import { recall } from "./memory.ts";
import { guardMessages } from "./messages.ts";
import { createPicture } from "./picture.ts";
import { createToolbar } from "./toolbar.ts";
import { createTwin } from "./twin.ts";
import { walk } from "./walk.ts";
import {
  laneNote,
  laneText,
  laneTooltip,
  plural,
  runText,
  runTooltip,
  stateWord,
  statusText,
} from "./words.ts";

/** So often the time is read while something goes on: its seconds pass, and its bar grows. */
const tickMs = 1000;

/** Builds the picture into `root`, listens to the host, and asks it for what the user wants. */
export function startRuns(root: HTMLElement, port: Port, memory: ViewMemory, browser: Browser): void {
  const remembered = recall(memory.read());
  const runs = new Map<string, TimedRun>();
  const backfills = new Map<string, BackfillName>();
  const byHand = new Map(Object.entries(remembered.lanes));
  const choices = { assets: new Set<string>(), requestedBy: new Set<string>() };
  let isShown = false;
  let lanes: readonly Lane[] = [];
  const laneTexts = new WeakMap<Lane, string>();
  let lines: readonly Line[] = [];
  let found: readonly TimedRun[] = [];
  let selected: string | null = null;
  /** What is to be selected as soon as it is there. */
  let wanted: { runId: string; asset: AssetKey | null } | null = remembered.selected
    ? { runId: remembered.selected, asset: null }
    : null;
  let stepId: string | null = null;
  let details: { runId: string; steps: readonly StepDetails[] } | null = null;
  let emptyNote: EmptyNote | null = { cause: "Asking the engine …", action: null };
  let isRedrawDue = false;
  let isTwinDue = false;
  let forgetToRemember = () => {};

  const host = connect<RunsView, RunsHost>(
    port,
    guardMessages({ show, update, showDetails, appendLog, select: selectWanted, showEmpty }),
  );
  const toolbar = createToolbar(root, {
    filter: applyFilter,
    leaveFilter: () => twin.focus(),
    zoom: factor => picture.zoomBy(factor),
    showAll: () => picture.showAll(),
    showLatest: () => picture.showLatest(),
  });
  const stage = root.ownerDocument.createElement("div");
  stage.className = "stage";
  root.append(stage);
  // Cut, copy and paste mean nothing on a picture.
  stage.dataset.vscodeContext = JSON.stringify({ preventDefaultContextMenuItems: true });
  const picture = createPicture(
    stage,
    browser,
    {
      select(runId) {
        select(runId);
        twin.focus();
      },
      toggle,
      moved: rememberSoon,
      linesAbout: (run, crowd) => runTooltip(run, crowd, browser.now()),
      linesAboutLane: laneTooltip,
    },
    remembered.span,
    Intl.DateTimeFormat().resolvedOptions().timeZone,
  );
  const twin = createTwin(stage, runId => select(runId, true));
  const pane = createDetails(root, browser, {
    cancel: () => withSelected(id => ask(host.cancel(id), "Canceling the run.")),
    retry,
    copy: () => withSelected(id => ask(host.copy(id), "The run's id is copied.")),
    openLog: () => withSelected(id => ask(host.openLog(id))),
    close: () => select(null),
    leave: () => twin.focus(),
    chooseStep,
    materialize: id => withAsset(id, asset => ask(host.materialize(asset), `Materializing ${asset}.`)),
    openSource: id => withAsset(id, asset => ask(host.openSource(asset))),
    openError: id => withSelected(run => ask(host.openError(run, id))),
  });
  const footer = createFooter(root, stateWord);
  const lettering = {
    measureName: browser.measureIn(root, 13),
    measureTick: browser.measureIn(root, 11),
    noteOf: laneNote,
    whyOf: ({ run }: TimedRun) => run.reason,
  };

  // The outline shows where the keyboard is, and stays away while the pointer is used.
  stage.addEventListener("pointerdown", () => stage.classList.add("by-pointer"));
  root.addEventListener("keydown", event => {
    root.querySelector(".by-pointer")?.classList.remove("by-pointer");
    const action = isInControl(event.target, ".log") ? null : keyAction(event);
    if (!action || !isShown) return;
    event.preventDefault();
    picture.forgetPointer();
    const isInPane = (event.target as Element | null)?.closest?.(".details") != null;
    if (action.do !== "enter" && action.do !== "filter" && !isInPane) twin.focus();
    if (action.do === "move") move(action.by);
    else if (action.do === "zoom") picture.zoomBy(action.factor);
    else if (action.do === "whole") picture.showAll();
    else if (action.do === "latest") picture.showLatest();
    else if (action.do === "filter") toolbar.focusFilter();
    else if (action.do === "retry") retry("left");
    else if (action.do === "toggle") toggle(laneOf(selected)?.id ?? null);
    else if (action.do === "leave") select(null);
    else pane.focus();
  });
  browser.every(tickMs, () => {
    if (isShown && [...runs.values()].some(it => it.ended === null)) redraw();
  });
  redraw();
  ask(host.ready());

  function show(list: Parameters<RunsView["show"]>[0], names: BackfillName[]): void {
    runs.clear();
    lanes = [];
    isShown = true;
    take(list, names);
    rebuild();
    followWanted();
    // What it was told of the run that is looked at may be older than this.
    if (selected !== null) ask(host.look(selected));
  }

  function update(list: Parameters<RunsView["update"]>[0], names: BackfillName[]): void {
    if (!isShown) return;
    const before = selected === null ? undefined : runs.get(selected)?.run.status;
    take(list, names);
    const looked = selected === null ? undefined : runs.get(selected);
    if (looked && looked.run.status !== before)
      twin.announce(`Run ${looked.run.id}: ${statusText(looked.run)}.`);
    if (isRedrawDue) return;
    isRedrawDue = true;
    // While a backfill runs, many changes arrive between two frames.
    browser.beforePaint(() => {
      isRedrawDue = false;
      rebuild(showTwinSoon);
      followWanted();
    });
  }

  function take(list: Parameters<RunsView["show"]>[0], names: BackfillName[]): void {
    const taken = list.map(timed);
    for (const it of taken) runs.set(it.run.id, it);
    offerMore(taken);
    for (const name of names) backfills.set(name.id, name);
  }

  /** A filter offers what there is, and is filled anew only when there is more. */
  function offerMore(taken: readonly TimedRun[]): void {
    const { assets, requestedBy } = choicesOf(taken);
    const before = choices.assets.size + choices.requestedBy.size;
    for (const it of assets) choices.assets.add(it);
    for (const it of requestedBy) choices.requestedBy.add(it);
    if (choices.assets.size + choices.requestedBy.size === before) return;
    toolbar.offer({ assets: [...choices.assets].sort(), requestedBy: [...choices.requestedBy].sort() });
  }

  function showDetails(runId: string, steps: StepDetails[], log: LogLine[] | null): void {
    if (runId !== selected) return;
    details = { runId, steps };
    redraw();
    if (log !== null) pane.showLog(log);
  }

  function appendLog(runId: string, added: LogLine[]): void {
    if (runId === selected) pane.appendLog(added);
  }

  function selectWanted(runId: string, asset: AssetKey | null): void {
    wanted = { runId, asset };
    if (isShown) followWanted();
  }

  function showEmpty(cause: string, action: string | null): void {
    isShown = false;
    runs.clear();
    lanes = [];
    lines = [];
    found = [];
    select(null);
    picture.clear();
    emptyNote = {
      cause,
      action: action === null ? null : { label: action, act: () => ask(host.takeAction()) },
    };
    redraw();
  }

  function rebuild(tellReaders = showTwin): void {
    const all = [...runs.values()];
    const filter = toolbar.filter();
    found = filterRuns(all, filter);
    lanes = lanesOf(found, backfills, lanes);
    lines = linesOf(lanes, byHand);
    toolbar.showFound(isFiltering(filter) ? `${found.length} of ${all.length}` : "");
    emptyNote = noteOf(all.length);
    redraw(tellReaders);
  }

  function noteOf(count: number): EmptyNote | null {
    if (found.length > 0) return null;
    if (count > 0)
      return { cause: "No run passes the filter.", action: { label: "Clear the filter", act: clearFilter } };
    return { cause: "Nothing has run yet. Materialize an asset, and watch it here.", action: null };
  }

  function applyFilter(): void {
    lanes = [];
    rebuild();
    remember();
  }

  function clearFilter(): void {
    toolbar.clearFilter();
    applyFilter();
    toolbar.focusFilter();
  }

  /** Opens or closes a lane of several rows. */
  function toggle(laneId: string | null): void {
    const lane = lanes.find(it => it.id === laneId);
    if (!lane) return;
    if (lane.rows.length < 2) {
      select((lane.runs.at(-1) as TimedRun).run.id);
      return;
    }
    byHand.set(lane.id, !isLaneOpen(lane, byHand));
    lines = linesOf(lanes, byHand);
    redraw();
    twin.announce(`${lane.label} is ${isLaneOpen(lane, byHand) ? "open" : "closed"}.`);
    remember();
  }

  function move(by: Move): void {
    const to = walk(lanes, selected, by);
    if (to === null) twin.announce(by.step === "failed" ? "None failed further on." : "Nothing further on.");
    else select(to.run.id, true);
  }

  function select(runId: string | null, reveals = false): void {
    const isOther = runId !== selected;
    selected = runId;
    if (isOther) {
      stepId = null;
      details = null;
      ask(host.look(runId));
    }
    redraw();
    if (isOther && runId !== null) pane.showLog(null);
    const run = runId === null ? undefined : runs.get(runId);
    if (run && reveals) picture.reveal(run);
    remember();
  }

  /** What was asked for may arrive later than the question. */
  function followWanted(): void {
    const run = wanted && runs.get(wanted.runId);
    if (!run || !wanted) return;
    const { asset } = wanted;
    wanted = null;
    if (!found.includes(run)) {
      toolbar.clearFilter();
      rebuild();
    }
    select(run.run.id, true);
    const step = asset && run.run.steps.find(it => it.assets.includes(asset));
    if (step) chooseStep(step.id);
  }

  function chooseStep(id: string): void {
    stepId = id;
    redraw();
  }

  function retry(scope: RetryScope): void {
    withSelected(id => {
      host.retry(id, scope).then(
        ({ runId }) => {
          wanted = { runId, asset: null };
          twin.announce(`Run ${runId} is asked for.`);
          followWanted();
        },
        (error: Error) => complain(error),
      );
    });
  }

  function withSelected(then: (runId: string) => void): void {
    if (selected !== null) then(selected);
  }

  function withAsset(id: string, then: (asset: AssetKey) => void): void {
    const run = selected === null ? undefined : runs.get(selected);
    const asset = run?.run.steps.find(it => it.id === id)?.assets[0];
    if (asset) then(asset);
  }

  function laneOf(runId: string | null): Lane | undefined {
    return lanes.find(lane => lane.runs.some(it => it.run.id === runId));
  }

  /** A refusal is told where the user looks; the host tells the details. */
  function ask(answer: Promise<void>, sentence?: string): void {
    answer.then(() => sentence && twin.announce(sentence), complain);
  }

  function complain({ message }: Error): void {
    footer.say(message);
    twin.announce(message);
  }

  function redraw(tellReaders = showTwin): void {
    const now = browser.now();
    const run = selected === null ? undefined : runs.get(selected);
    drawEmptyNote(stage, emptyNote);
    stage.classList.toggle("is-empty", emptyNote !== null);
    const steps = details?.runId === selected ? details.steps : null;
    // The pane takes its room first: the timeline is drawn into what is left.
    pane.show(run ? { timed: run, steps, stepId } : null, now);
    if (isShown) picture.show({ lines, runs: found, selected, now }, lettering);
    footer.say(isShown ? plural(found.length, "run") : "");
    footer.count(countStates());
    tellReaders();
  }

  function showTwin(): void {
    twin.show({
      lanes,
      selected,
      laneText: laneTextOf,
      isOpen: lane => (lane.rows.length < 2 ? null : isLaneOpen(lane, byHand)),
      runText: it => runText(it, browser.now()),
    });
  }

  /** A lane that has not changed is not counted again. */
  function laneTextOf(lane: Lane): string {
    const known = laneTexts.get(lane) ?? laneText(lane);
    laneTexts.set(lane, known);
    return known;
  }

  /** Nobody reads as fast as runs change. */
  function showTwinSoon(): void {
    if (isTwinDue) return;
    isTwinDue = true;
    browser.later(() => {
      isTwinDue = false;
      showTwin();
    });
  }

  function countStates(): Map<AssetStateName, number> {
    const counts = new Map<AssetStateName, number>();
    for (const { state } of found) counts.set(state, (counts.get(state) ?? 0) + 1);
    return counts;
  }

  function remember(): void {
    if (isShown) memory.write({ selected, span: picture.span(), lanes: Object.fromEntries(byHand) });
  }

  /** A wheel turns many times a second. */
  function rememberSoon(): void {
    forgetToRemember();
    forgetToRemember = browser.later(remember);
  }
}
