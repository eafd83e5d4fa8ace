import { select } from "d3-selection";
import { connect, type Port } from "../../src/protocol/channel.ts";
import type { RowsHost, RowsSubject, RowsView, ShownRows } from "../../src/protocol/rows.ts";
import type { Browser } from "../shared/browser.ts";
import { addButton } from "../shared/controls.ts";
import { drawEmptyNote } from "../shared/emptyNote.ts";
import type { ViewMemory } from "../shared/host.ts";
import { actionIcons } from "../shared/icons.ts";
import { createGrid } from "./grid.ts";
import { recall } from "./memory.ts";
import { guardMessages } from "./messages.ts";
import { countText } from "./words.ts";

/** Builds the picture into `root`, listens to the host, and asks it for what the user wants. */
export function startRows(root: HTMLElement, port: Port, memory: ViewMemory, browser: Browser): void {
  let remembered = recall(memory.read());
  const host = connect<RowsView, RowsHost>(port, guardMessages({ show, wait, showEmpty }));
  const toolbar = select(root)
    .append("div")
    .attr("class", "toolbar")
    .attr("role", "toolbar")
    .attr("aria-label", "Rows");
  const title = toolbar.append("div").attr("class", "title");
  const name = title.append("h1");
  const subtitle = title.append("span").attr("class", "subtitle");
  const partition = addButton(toolbar, {
    label: "Partition…",
    icon: actionIcons.backfill,
    act: () => void host.choosePartition(),
  });
  addButton(toolbar, {
    label: "Open source",
    look: "icon",
    icon: actionIcons.source,
    act: () => void host.openSource(),
  });
  addButton(toolbar, {
    label: "Read again",
    look: "icon",
    icon: actionIcons.retry,
    act: () => void host.refresh(),
  });
  const stage = select(root).append("div").attr("class", "stage").node() as HTMLElement;
  const grid = createGrid(stage, {
    remembered: remembered.sorted,
    moved: words => caption.text(words),
    sorted(asset, sorting, words) {
      remember({ sorted: sorting && { asset, sorting } });
      say(words);
    },
  });
  const footer = select(root).append("div").attr("class", "footer");
  const caption = footer.append("div").attr("class", "caption").attr("aria-hidden", "true");
  const count = footer.append("div").attr("class", "count");
  const voice = select(root).append("div").attr("class", "for-readers").attr("role", "status");

  partition.attr("hidden", true);
  note("Asking the engine …");
  void host.ready(remembered.subject);

  function show(rows: ShownRows) {
    name.text(rows.asset).attr("title", rows.asset);
    subtitle.text(rows.subtitle).attr("title", rows.subtitle);
    partition.attr("hidden", rows.hasPartitions ? null : true);
    partition.select("span").text(rows.partition ?? "All partitions");
    note(rows.columns.length === 0 ? "It is there, and has no rows." : null);
    grid.show(rows);
    caption.text("");
    count.text(countText(rows));
    say(`${rows.asset}: ${countText(rows)}, ${rows.columns.length} columns`);
    browser.beforePaint(() => grid.focus());
  }

  function wait(words: string, subject: RowsSubject) {
    remember({ subject });
    note(words);
  }

  function showEmpty(cause: string, action: string | null) {
    grid.show(null);
    count.text("");
    caption.text("");
    drawEmptyNote(stage, {
      cause,
      action: action === null ? null : { label: action, act: () => void host.takeAction() },
    });
  }

  function remember(next: Partial<typeof remembered>) {
    remembered = { ...remembered, ...next };
    memory.write(remembered);
  }

  function note(cause: string | null) {
    drawEmptyNote(stage, cause === null ? null : { cause, action: null });
  }

  function say(words: string) {
    voice.text(words);
    caption.text(words);
  }
}
