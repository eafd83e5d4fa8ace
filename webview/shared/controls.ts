import { type Selection, select } from "d3-selection";
import { iconSize } from "./icons.ts";

/**
 * The form controls of all pictures, and the one place that knows what they are made of: the elements of the
 * browser, which keyboard and screen reader know, in the colours of the theme. Another kit would go here.
 */
export type Parent<Element extends HTMLElement = HTMLElement> = Selection<Element, unknown, null, undefined>;

export interface ButtonOptions {
  readonly label: string;
  readonly icon?: string;
  /** The key that does the same, for the tooltip. */
  readonly key?: string;
  readonly look?: "primary" | "secondary" | "icon";
  act(): void;
}

/** Adds a button; one that looks like an icon says its label to screen readers and in its tooltip. */
export function addButton<Element extends HTMLElement>(
  parent: Parent<Element>,
  { label, icon, key, look = "secondary", act }: ButtonOptions,
) {
  const button = parent
    .append("button")
    .attr("type", "button")
    .attr("class", { primary: "action primary", secondary: "action", icon: "icon-button" }[look])
    .attr("title", key === undefined ? label : `${label} (${key})`)
    .attr("aria-label", label)
    .on("click", act);
  if (icon !== undefined) addIcon(button, icon);
  button.append("span").text(label);
  return button;
}

export function addIcon<Element extends HTMLElement>(parent: Parent<Element>, path: string): void {
  parent
    .append("svg")
    .attr("class", "icon")
    .attr("viewBox", `0 0 ${iconSize} ${iconSize}`)
    .attr("aria-hidden", "true")
    .append("path")
    .attr("d", path);
}

export interface TextField {
  value(): string;
  set(text: string): void;
  /** What is wrong with the text, or nothing. */
  complain(fault: string | null): void;
  focus(): void;
}

/** Adds a field for one line of text under its label; what is wrong with it stands below. */
export function addTextField<Element extends HTMLElement>(
  parent: Parent<Element>,
  label: string,
  changed: (text: string) => void,
): TextField {
  const id = idOf(label);
  const field = parent.append("div").attr("class", "field");
  field.append("label").attr("for", id).text(label);
  const input = field
    .append("input")
    .attr("type", "text")
    .attr("id", id)
    .attr("spellcheck", "false")
    .attr("autocomplete", "off")
    .on("input", () => changed(input.property("value")));
  const fault = field.append("p").attr("class", "fault").attr("id", `${id}-fault`).attr("role", "alert");
  return {
    value: () => input.property("value") as string,
    set: text => input.property("value", text),
    complain(words) {
      fault.text(words ?? "");
      input
        .attr("aria-invalid", words === null ? null : "true")
        .attr("aria-describedby", words === null ? null : `${id}-fault`);
    },
    focus() {
      input.node()?.focus();
      input.node()?.select();
    },
  };
}

export interface NumberField {
  value(): number | null;
}

/** Adds a field for a whole number from 1 on; empty stands for what `placeholder` says. */
export function addNumberField<Element extends HTMLElement>(
  parent: Parent<Element>,
  label: string,
  placeholder: string,
  changed: () => void,
): NumberField {
  const id = idOf(label);
  const field = parent.append("div").attr("class", "field is-short");
  field.append("label").attr("for", id).text(label);
  const input = field
    .append("input")
    .attr("type", "number")
    .attr("id", id)
    .attr("min", 1)
    .attr("step", 1)
    .attr("placeholder", placeholder)
    .on("input", changed);
  return {
    value() {
      const number = Number.parseInt(input.property("value"), 10);
      return number >= 1 ? number : null;
    },
  };
}

export interface Checkbox {
  isChecked(): boolean;
  check(isChecked: boolean): void;
  /** Hides it where it means nothing. */
  offer(isOffered: boolean): void;
  /** Behind the label, quieter. */
  note(text: string): void;
}

/** Adds a box to tick with its label. */
export function addCheckbox<Element extends HTMLElement>(
  parent: Parent<Element>,
  label: string,
  changed: () => void,
): Checkbox {
  const box = parent.append("label").attr("class", "checkbox");
  const input = box.append("input").attr("type", "checkbox").on("change", changed);
  box.append("span").text(label);
  const note = box.append("span").attr("class", "quiet");
  return {
    isChecked: () => input.property("checked") as boolean,
    check: isChecked => input.property("checked", isChecked),
    offer: isOffered => box.attr("hidden", isOffered ? null : ""),
    note: text => note.text(text),
  };
}

export interface Choice {
  readonly value: string;
  readonly label: string;
}

export interface ChoiceField {
  value(): string;
  set(value: string): void;
  /** What there is to choose from; what was chosen stays chosen when it is still there. */
  offer(choices: readonly Choice[]): void;
}

/** Adds a list to choose one from; its label is for screen readers and the tooltip. */
export function addChoiceField<Element extends HTMLElement>(
  parent: Parent<Element>,
  label: string,
  choices: readonly Choice[],
  changed: (value: string) => void,
): ChoiceField {
  const field = parent
    .append("select")
    .attr("class", "choice")
    .attr("title", label)
    .attr("aria-label", label)
    .on("change", () => changed(field.property("value")));
  const offered: ChoiceField = {
    value: () => field.property("value") as string,
    set: value => field.property("value", value),
    offer(next) {
      const chosen = offered.value();
      field
        .selectAll<HTMLOptionElement, Choice>("option")
        .data(next, it => it.value)
        .join("option")
        .order()
        .attr("value", it => it.value)
        .text(it => it.label);
      field.property("value", next.some(it => it.value === chosen) ? chosen : (next[0]?.value ?? ""));
    },
  };
  offered.offer(choices);
  return offered;
}

export interface SearchField {
  query(): string;
  clear(): void;
  focus(): void;
  /** "3 of 12", or nothing without a filter. */
  showFound(text: string): void;
}

/** Adds a field that filters as one types; Escape clears it, and when it is empty leaves it. */
export function addSearchField<Element extends HTMLElement>(
  parent: Parent<Element>,
  label: string,
  icons: { readonly search: string; readonly clear: string },
  changed: (query: string) => void,
  leave: () => void,
): SearchField {
  const search = parent.append("div").attr("class", "search");
  addIcon(search, icons.search);
  const input = search
    .append("input")
    .attr("type", "text")
    .attr("spellcheck", "false")
    .attr("placeholder", label)
    .attr("aria-label", label)
    .on("input", () => changed(query()))
    .on("keydown", (event: KeyboardEvent) => {
      if (event.key === "Escape" && query() !== "") clear();
      else if (["Escape", "Enter", "ArrowDown"].includes(event.key)) leave();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
  const found = search.append("span").attr("class", "found").attr("role", "status");
  const clearing = addButton(search, {
    label: "Clear the filter",
    icon: icons.clear,
    look: "icon",
    act: clear,
  })
    .attr("class", "icon-button clear")
    .attr("hidden", "");

  return {
    query,
    clear: () => input.property("value", ""),
    focus() {
      input.node()?.focus();
      input.node()?.select();
    },
    showFound(text) {
      found.text(text);
      clearing.attr("hidden", query() === "" ? "" : null);
    },
  };

  function query(): string {
    return input.property("value") as string;
  }

  function clear(): void {
    input.property("value", "");
    changed("");
    input.node()?.focus();
  }
}

/** A container as the functions here take it. */
export function parentOf<Element extends HTMLElement>(element: Element): Parent<Element> {
  return select(element);
}

function idOf(label: string): string {
  return `field-${label.toLowerCase().replace(/[^a-z]+/g, "-")}`;
}
