import { formatAgo } from "../../src/model/format.ts";
import { addButton } from "../shared/controls.ts";
import { actionIcons } from "../shared/icons.ts";
import type { Scene, Wishes } from "./scene.ts";
import { addSection, drawNote, type Parent } from "./section.ts";

/** The SQL that dbt makes of a model, as it last did. */
export function createCompiledSql(parent: Parent, wishes: Wishes): (scene: Scene) => void {
  const section = addSection(parent, "sql");
  const when = section.tools.append("span").attr("class", "when");
  const compile = addButton(section.tools, {
    ...{ label: "Compile", icon: actionIcons.retry },
    act: () => wishes.act("compile"),
  });
  const open = addButton(section.tools, {
    ...{ label: "Open as document", icon: actionIcons.log, look: "icon" },
    act: () => wishes.act("openSql"),
  });
  const text = section.body
    .append("pre")
    .attr("tabindex", 0)
    .attr("role", "region")
    .attr("aria-label", "Compiled SQL");
  const code = text.append("code");
  return ({ sql, surroundings, now }) => {
    section.offer(sql !== null);
    section.title("Compiled SQL", null);
    if (sql === null) return;
    const { text: written, compiledAt, isOutdated, isCompiling, error } = sql;
    when
      .text(compiledAt === null ? "" : isOutdated ? "the model changed since" : formatAgo(compiledAt, now))
      .attr("title", compiledAt === null ? null : new Date(compiledAt).toLocaleString());
    compile
      .property("disabled", !surroundings.canRun || isCompiling)
      .select("span")
      .text(isCompiling ? "Compiling …" : "Compile");
    open.property("disabled", written === null);
    text.attr("hidden", written === null ? "" : null);
    if (code.text() !== (written ?? "")) code.text(written ?? "");
    drawNote(
      section.body,
      error ??
        (written === null ? (isCompiling ? "dbt compiles it …" : "dbt has not compiled it yet.") : null),
    );
  };
}
