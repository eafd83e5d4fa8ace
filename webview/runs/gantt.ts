import { pointer, select } from "d3-selection";
import type { Browser } from "../shared/browser.ts";
import { drawGantt, drawGanttAxis, type GanttLettering } from "./draw/gantt.ts";
import {
  type GanttRun,
  type GanttStep,
  ganttAxisHeight,
  ganttRowAt,
  ganttRowHeight,
  layoutGantt,
} from "./layout/gantt.ts";
import { stepName, stepNote, stepText } from "./words.ts";

/** What hand and keyboard do on the steps. */
export interface GanttActions {
  choose(stepId: string): void;
  /** A double click, or Enter: to the source, or to where it failed. */
  open(stepId: string): void;
  materialize(stepId: string): void;
  leave(): void;
}

/** The steps of one run over time. */
export interface GanttView {
  show(run: GanttRun | null, selected: string | null, now: number): void;
  focus(): void;
}

/** So many steps are in the document at once for screen readers: those around the cursor. */
const mostOptions = 100;

/** Adds the picture to a container. */
export function createGantt(container: HTMLElement, browser: Browser, actions: GanttActions): GanttView {
  const axisSvg = select(container).append("svg").attr("class", "gantt-axis").attr("aria-hidden", "true");
  const axis = axisSvg.append("g").node() as SVGGElement;
  axisSvg.attr("height", ganttAxisHeight);
  const viewport = select(container).append("div").attr("class", "gantt-scroll").node() as HTMLDivElement;
  const space = select(viewport).append("div").attr("class", "gantt-space").attr("aria-hidden", "true");
  const svg = space.append("svg").attr("class", "gantt-steps");
  const content = svg.append("g").node() as SVGGElement;
  const twin = select(container)
    .append("div")
    .attr("class", "twin")
    .attr("role", "listbox")
    .attr("tabindex", 0)
    .attr("aria-label", "Steps of the run")
    .attr(
      "aria-description",
      "Enter opens the source, M materializes the asset, Escape goes back to the runs.",
    );
  let run: GanttRun | null = null;
  let selected: string | null = null;
  let hovered: number | null = null;
  let now = 0;
  /** Asked for when it changes: each question costs the browser a layout. */
  let size = browser.sizeOf(viewport);
  const lettering: GanttLettering = {
    measureName: browser.measureIn(container, 13),
    measureNote: browser.measureIn(container, 11),
    nameOf: stepName,
    noteOf: stepNote,
  };

  viewport.addEventListener("scroll", draw);
  browser.onResize(viewport, () => {
    size = browser.sizeOf(viewport);
    draw();
  });
  svg
    .on("click", event => withStep(event, id => actions.choose(id)))
    .on("dblclick", event => withStep(event, id => actions.open(id)))
    .on("pointermove", (event: PointerEvent) => hover(rowOf(event)))
    .on("pointerleave", () => hover(null));
  twin.on("keydown", (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !act(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  });

  return {
    show(next, nextSelected, instant) {
      const isOther = next?.steps[0]?.step.id !== run?.steps[0]?.step.id;
      const isMoved = nextSelected !== selected;
      run = next;
      selected = nextSelected;
      now = instant;
      if (isOther) viewport.scrollTop = 0;
      if (isMoved) reveal();
      draw();
    },
    focus: () => twin.node()?.focus({ preventScroll: true }),
  };

  function act(key: string): boolean {
    const steps = run?.steps ?? [];
    const at = steps.findIndex(it => it.step.id === selected);
    const moves: Record<string, number> = {
      ArrowUp: at - 1,
      ArrowDown: at + 1,
      Home: 0,
      End: steps.length - 1,
      PageUp: at - 10,
      PageDown: at + 10,
    };
    const to = moves[key];
    if (to !== undefined) {
      const step = steps[Math.min(Math.max(to, 0), steps.length - 1)];
      if (step) actions.choose(step.step.id);
    } else if (key === "Enter" && selected !== null) actions.open(selected);
    else if (key === "m" && selected !== null) actions.materialize(selected);
    else if (key === "Escape") actions.leave();
    else return false;
    return true;
  }

  function draw(): void {
    const { width, height } = size;
    const steps = run?.steps ?? [];
    if (run === null || width === 0) {
      content.replaceChildren();
      axis.replaceChildren();
    } else {
      const layout = layoutGantt(run, { width, height, scroll: viewport.scrollTop, now });
      const at = steps.findIndex(it => it.step.id === selected);
      space.style("height", `${layout.totalHeight}px`);
      svg.attr("width", width).attr("height", layout.totalHeight);
      drawGantt(content, layout, lettering, { selected: at < 0 ? null : at, hovered });
      axisSvg.attr("width", width);
      drawGanttAxis(axis, layout);
    }
    drawTwin(steps);
  }

  function drawTwin(steps: readonly GanttStep[]): void {
    const active = steps.findIndex(it => it.step.id === selected);
    const first = Math.max(0, Math.min(steps.length - mostOptions, active - mostOptions / 2));
    const names = new Map(steps.map(it => [it.step.id, stepName(it)]));
    twin
      .attr("aria-activedescendant", active < 0 ? null : `step-${active}`)
      .selectAll<HTMLDivElement, GanttStep>("div")
      .data(steps.slice(first, first + mostOptions), it => it.step.id)
      .join(enter =>
        enter
          .append("div")
          .attr("role", "option")
          .on("click", (_, it) => actions.choose(it.step.id)),
      )
      .order()
      .attr("id", (_, at) => `step-${first + at}`)
      .attr("aria-posinset", (_, at) => first + at + 1)
      .attr("aria-setsize", steps.length)
      .attr("aria-selected", it => String(it.step.id === selected))
      .text(it => stepText(it, id => names.get(id) ?? id));
  }

  function reveal(): void {
    const at = run?.steps.findIndex(it => it.step.id === selected) ?? -1;
    if (at < 0) return;
    const { height } = size;
    const top = at * ganttRowHeight;
    if (top < viewport.scrollTop) viewport.scrollTop = top;
    else if (top + ganttRowHeight > viewport.scrollTop + height)
      viewport.scrollTop = top + ganttRowHeight - height;
  }

  function hover(at: number | null): void {
    if (at === hovered) return;
    hovered = at;
    draw();
  }

  function withStep(event: MouseEvent, then: (stepId: string) => void): void {
    const at = rowOf(event);
    const step = at === null ? undefined : run?.steps[at];
    if (step) then(step.step.id);
    twin.node()?.focus({ preventScroll: true });
  }

  function rowOf(event: MouseEvent): number | null {
    return run && ganttRowAt(run, pointer(event, svg.node())[1]);
  }
}
