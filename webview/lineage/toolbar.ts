import { type Selection, select } from "d3-selection";
import { actionIcons, iconSize } from "../shared/icons.ts";

/** What the toolbar asks for. */
export interface ToolbarActions {
  filter(query: string): void;
  /** From the filter field on to the picture. */
  leaveFilter(): void;
  materialize(withUpstream: boolean): void;
  showDetails(): void;
  fit(): void;
}

export interface Toolbar {
  /** The name of what is selected, or null, and whether it can be materialized. */
  offer(name: string | null, canRun: boolean): void;
  /** "3 of 12", or nothing without a filter. */
  showFound(text: string): void;
  focusFilter(): void;
  clearFilter(): void;
}

type Parent = Selection<HTMLDivElement, unknown, null, undefined>;

/** Adds the toolbar to a container. */
export function createToolbar(container: HTMLElement, actions: ToolbarActions): Toolbar {
  const bar = select(container).append("div").attr("class", "toolbar");
  const search = bar.append("div").attr("class", "search");
  search.call(addIcon, actionIcons.search);
  const field = search
    .append("input")
    .attr("type", "text")
    .attr("spellcheck", "false")
    .attr("placeholder", "Filter by name or group")
    .attr("aria-label", "Filter by name or group")
    .on("input", () => actions.filter(query()))
    .on("keydown", (event: KeyboardEvent) => {
      if (event.key === "Escape" && query() !== "") clear();
      else if (["Escape", "Enter", "ArrowDown"].includes(event.key)) actions.leaveFilter();
      else return;
      event.preventDefault();
    });
  const found = search.append("span").attr("class", "found").attr("role", "status");
  const clearButton = addButton(search, actionIcons.clear, "Clear the filter", "", clear)
    .attr("class", "icon-button clear")
    .attr("hidden", "");
  const materialize = addButton(bar, actionIcons.materialize, "Materialize", "M", () =>
    actions.materialize(false),
  );
  const withUpstream = addButton(bar, actionIcons.withUpstream, "With upstream", "Shift+M", () =>
    actions.materialize(true),
  );
  const details = addButton(bar, actionIcons.details, "Details", "I", actions.showDetails).attr(
    "class",
    "icon-button details-button",
  );
  addButton(bar, actionIcons.fit, "Show all", "Home", actions.fit).attr("class", "icon-button fit");
  materialize.attr("class", "action primary");
  withUpstream.attr("class", "action");
  offer(null, false);

  return {
    offer,
    showFound: text => {
      found.text(text);
      clearButton.attr("hidden", query() === "" ? "" : null);
    },
    focusFilter: () => {
      field.node()?.focus();
      field.node()?.select();
    },
    clearFilter: () => field.property("value", ""),
  };

  function offer(name: string | null, canRun: boolean): void {
    const runnable = canRun ? name : null;
    materialize.property("disabled", runnable === null).attr("title", titleOf("Materialize", runnable, "M"));
    withUpstream
      .property("disabled", runnable === null)
      .attr("title", titleOf("Materialize with upstream", runnable, "Shift+M"));
    details.property("disabled", name === null).attr("title", titleOf("Details", name, "I"));
  }

  function query(): string {
    return field.property("value") as string;
  }

  function clear(): void {
    field.property("value", "");
    actions.filter("");
    field.node()?.focus();
  }
}

function addButton(parent: Parent, icon: string, label: string, key: string, act: () => void) {
  const button = parent
    .append("button")
    .attr("type", "button")
    .attr("title", key === "" ? label : `${label} (${key})`)
    .attr("aria-label", label)
    .on("click", act);
  button.call(addIcon, icon);
  button.append("span").text(label);
  return button;
}

function titleOf(action: string, name: string | null, key: string): string {
  return name === null ? `${action} (${key}): select an asset first` : `${action}: ${name} (${key})`;
}

function addIcon<Element extends HTMLElement>(
  parent: Selection<Element, unknown, null, undefined>,
  path: string,
): void {
  parent
    .append("svg")
    .attr("class", "icon")
    .attr("viewBox", `0 0 ${iconSize} ${iconSize}`)
    .attr("aria-hidden", "true")
    .append("path")
    .attr("d", path);
}
