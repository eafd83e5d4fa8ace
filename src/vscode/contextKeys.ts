import { commands, Disposable } from "vscode";
import type { Daemons } from "./daemons.ts";
import type { Roots } from "./roots.ts";

/** What package.json asks in its `when` clauses. */
export function registerContextKeys(roots: Roots, daemons: Daemons): Disposable {
  const last = new Map<string, unknown>();
  return Disposable.from(
    roots.onDidChange(update),
    daemons.onDidChange(update),
    roots.watch(({ graph, state, automations }) =>
      Disposable.from(
        graph.onDidChange(update),
        state.onDidChangeEngine(update),
        automations.onDidChange(update),
      ),
    ),
  );

  function update() {
    const all = roots.all();
    set(
      "millrace.scanned",
      all.some(it => it.graph.scanned()),
    );
    set(
      "millrace.hasAssets",
      all.some(it => it.graph.hasAssets()),
    );
    set(
      "millrace.hasDbt",
      all.some(it => it.graph.dbt() !== null),
    );
    const standings = all.map(root => daemons.standing(root));
    set("millrace.daemonMissing", standings.includes("none"));
    set("millrace.daemonStarted", standings.includes("ours") || standings.includes("starting"));
    set("millrace.engine", all.some(it => it.state.engine() === "crashed") ? "crashed" : "well");
  }

  function set(key: string, value: unknown) {
    if (last.get(key) === value) return;
    last.set(key, value);
    void commands.executeCommand("setContext", key, value);
  }
}
