import { select } from "d3-selection";
import { addButton, addChoiceField, addSearchField } from "../shared/controls.ts";
import { actionIcons } from "../shared/icons.ts";
import { addZoomButtons } from "../shared/zoomButtons.ts";
import type { RunFilter, StatusGroup } from "./filter.ts";

/** What the toolbar asks for. */
export interface ToolbarActions {
  filter(): void;
  /** From the filter on to the picture. */
  leaveFilter(): void;
  zoom(factor: number): void;
  showAll(): void;
  showLatest(): void;
}

export interface Toolbar {
  filter(): RunFilter;
  /** What there is to filter by. */
  offer(choices: { readonly assets: readonly string[]; readonly requestedBy: readonly string[] }): void;
  showFound(text: string): void;
  focusFilter(): void;
  clearFilter(): void;
}

const anything = "";
const statuses: readonly { readonly value: StatusGroup | ""; readonly label: string }[] = [
  { value: anything, label: "All states" },
  { value: "open", label: "Waiting or running" },
  { value: "failed", label: "Failed" },
  { value: "succeeded", label: "Succeeded" },
  { value: "canceled", label: "Canceled" },
];

/** Adds the toolbar to a container. */
export function createToolbar(container: HTMLElement, actions: ToolbarActions): Toolbar {
  const bar = select(container).append("div").attr("class", "toolbar");
  const search = addSearchField(bar, "Filter by words", actionIcons, actions.filter, actions.leaveFilter);
  const status = addChoiceField(bar, "State", statuses, actions.filter);
  const asset = addChoiceField(bar, "Asset", listOf("All assets", []), actions.filter);
  const requestedBy = addChoiceField(bar, "Who asked", listOf("Anybody", []), actions.filter);
  addZoomButtons(bar, actions);
  addButton(bar, {
    label: "Newest",
    icon: actionIcons.latest,
    key: "N",
    look: "icon",
    act: actions.showLatest,
  });
  return {
    filter: () => ({
      status: (status.value() || null) as StatusGroup | null,
      asset: asset.value() || null,
      requestedBy: requestedBy.value() || null,
      text: search.query(),
    }),
    offer(choices) {
      asset.offer(listOf("All assets", choices.assets));
      requestedBy.offer(listOf("Anybody", choices.requestedBy));
    },
    showFound: search.showFound,
    focusFilter: search.focus,
    clearFilter() {
      search.clear();
      for (const field of [status, asset, requestedBy]) field.set(anything);
    },
  };
}

function listOf(all: string, values: readonly string[]) {
  return [{ value: anything, label: all }, ...values.map(value => ({ value, label: value }))];
}
