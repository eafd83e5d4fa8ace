import { select } from "d3-selection";
import { addButton, addSearchField } from "../shared/controls.ts";
import { actionIcons } from "../shared/icons.ts";
import { addZoomButtons } from "../shared/zoomButtons.ts";

/** What the toolbar asks for. */
export interface ToolbarActions {
  filter(query: string): void;
  /** From the filter field on to the picture. */
  leaveFilter(): void;
  /** From the grid of one asset back to all assets. */
  back(): void;
  zoom(factor: number): void;
  showAll(): void;
  plan(): void;
}

export interface Toolbar {
  /** The asset whose grid is shown, or null for all assets. */
  showWhere(asset: string | null): void;
  /** What would be planned, or null when nothing is selected. */
  offer(selection: string | null): void;
  showFound(text: string): void;
  query(): string;
  focusFilter(): void;
  clearFilter(): void;
}

/** Adds the toolbar to a container. */
export function createToolbar(container: HTMLElement, actions: ToolbarActions): Toolbar {
  const bar = select(container).append("div").attr("class", "toolbar");
  const back = addButton(bar, {
    label: "All assets",
    icon: actionIcons.back,
    key: "Escape",
    act: actions.back,
  });
  const where = bar.append("strong").attr("class", "where");
  const search = addSearchField(
    bar,
    "Filter by name or group",
    actionIcons,
    actions.filter,
    actions.leaveFilter,
  );
  addZoomButtons(bar, actions);
  const plan = addButton(bar, {
    label: "Backfill…",
    icon: actionIcons.backfill,
    key: "Enter",
    look: "primary",
    act: actions.plan,
  });
  const toolbar: Toolbar = {
    showWhere(asset) {
      back.attr("hidden", asset === null ? "" : null);
      where.text(asset ?? "").attr("hidden", asset === null ? "" : null);
    },
    offer(selection) {
      plan
        .property("disabled", selection === null)
        .attr(
          "title",
          selection === null ? "Backfill (Enter): select partitions first" : `Backfill ${selection} (Enter)`,
        );
    },
    showFound: search.showFound,
    query: search.query,
    focusFilter: search.focus,
    clearFilter: search.clear,
  };
  toolbar.showWhere(null);
  toolbar.offer(null);
  return toolbar;
}
