import { addButton, type Parent } from "./controls.ts";
import { actionIcons } from "./icons.ts";
import { zoomStep } from "./plotKeys.ts";

/** Farther, nearer and all of it: what every picture of lines over time has in its toolbar. */
export function addZoomButtons(
  bar: Parent<HTMLDivElement>,
  { zoom, showAll }: { zoom(factor: number): void; showAll(): void },
): void {
  const look = "icon";
  addButton(bar, {
    ...{ label: "Farther", icon: actionIcons.farther, key: "-", look },
    act: () => zoom(1 / zoomStep),
  });
  addButton(bar, {
    ...{ label: "Nearer", icon: actionIcons.nearer, key: "+", look },
    act: () => zoom(zoomStep),
  });
  addButton(bar, { label: "Show all", icon: actionIcons.fit, key: "0", look, act: showAll });
}
