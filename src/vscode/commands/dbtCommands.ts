import { existsSync } from "node:fs";
import {
  commands,
  l10n,
  ProcessExecution,
  ProgressLocation,
  Task,
  TaskPanelKind,
  TaskScope,
  tasks,
  Uri,
  window,
  workspace,
} from "vscode";
import type { AssetNode } from "../../model/assetGraph.ts";
import type { AssetKey } from "../../model/assetKey.ts";
import type { RunError } from "../../model/run.ts";
import { engineLaunch } from "../engineLaunch.ts";
import { openProblem } from "../openPlace.ts";
import type { Root } from "../root.ts";
import { askDbtCommand } from "./askDbtCommand.ts";
import type { CommandContext, Handler } from "./commands.ts";
import { saveUnsaved } from "./materialize.ts";
import { pickAsset, pickRoot } from "./picks.ts";

/** Commands about the dbt project of a root. */
export function dbtCommands({ extension, roots, documents, log }: CommandContext) {
  /** Who clicks twice waits for the same parse. */
  const parsing = new Map<Root, Promise<void>>();
  return {
    async "millrace.parseDbt"(row) {
      const root = row?.root ?? (await dbtRoot());
      if (root) await parseOnce(root);
    },
    async "millrace.setUpDbt"(row) {
      const root = row?.root ?? (await dbtRoot());
      if (root) await setUp(root);
    },
    async "millrace.measureSources"(row) {
      const root = row?.root ?? (await dbtRoot());
      if (root) await measure(root, row?.row === "asset" ? [row.key] : null);
    },
    async "millrace.callDbt"() {
      const root = await dbtRoot();
      if (root) await call(root);
    },
    async "millrace.writeDbtTypes"() {
      const root = await dbtRoot();
      if (root) await writeTypes(root);
    },
    async "millrace.showCompiledSql"(row) {
      const title = l10n.t("Show compiled SQL");
      const target = row?.row === "asset" ? row : await pickAsset(roots, title, hasSql);
      const asset = target?.root.graph.asset(target.key);
      if (target === undefined || asset?.uniqueId === undefined) return;
      const { uniqueId } = asset;
      await saveUnsaved(target.root);
      const sql = await withProgress(l10n.t("dbt compiles {0}", target.key), () =>
        target.root.engine.ask(host => host.compiledSql(uniqueId)),
      );
      await documents.openCompiledSql(target.root, asset.dbt?.name ?? target.key, sql);
    },
  } satisfies Record<string, Handler>;

  /** The root of the active editor, else the only one with dbt, else the one that is chosen. */
  async function dbtRoot(): Promise<Root | undefined> {
    const uri = window.activeTextEditor?.document.uri;
    const active = uri && roots.all().find(it => it.graph.holdsDbt(uri));
    const [only, ...more] = roots.all().filter(it => it.graph.dbt() !== null);
    return active ?? (only && more.length === 0 ? only : pickRoot(roots));
  }

  function parseOnce(root: Root): Promise<void> {
    const known = parsing.get(root);
    if (known) return known;
    const started = parse(root).finally(() => parsing.delete(root));
    parsing.set(root, started);
    return started;
  }

  async function parse(root: Root) {
    await saveUnsaved(root);
    let error: RunError | null;
    try {
      ({ error } = await withProgress(l10n.t("dbt reads its project"), () =>
        root.engine.ask(host => host.parseDbt()),
      ));
    } catch (refusal) {
      return void tellNoDbt(root, (refusal as Error).message);
    }
    root.graph.dbtFailed(error);
    // A notification would stay when the file is mended.
    if (error !== null && !(await openProblem(root, error))) void window.showErrorMessage(error.message);
  }

  /** The one step that helps comes with the sentence. */
  async function tellNoDbt(root: Root, message: string) {
    const install = l10n.t("Set up dbt");
    const doctor = l10n.t("Run doctor");
    const actions = message.includes("millrace dbt setup") ? [install, doctor] : [doctor];
    const chosen = await window.showErrorMessage(message, ...actions);
    if (chosen === install) await setUp(root);
    if (chosen === doctor) await commands.executeCommand("millrace.doctor");
  }

  async function setUp(root: Root) {
    const { version } = await withProgress(l10n.t("Installing dbt for {0}", root.name), () =>
      root.engine.ask(host => host.setUpDbt()),
    );
    void window.showInformationMessage(l10n.t("dbt {0} is there, for this workspace alone.", version));
    if (root.graph.dbt()?.graph === "provisional") await parseOnce(root);
  }

  /** How fresh they are then stands in the tree; what could not be looked at is said. */
  async function measure(root: Root, only: AssetKey[] | null) {
    const measures = await withProgress(l10n.t("dbt measures its sources"), () =>
      root.engine.ask(host => host.measureSources(only)),
    );
    const failed = measures.filter(it => it.error !== null);
    const [first] = failed;
    if (first) {
      const words = `${first.asset}: ${first.error}`;
      const all = failed.length === 1 ? words : l10n.t("{0}, and {1} more failed", words, failed.length - 1);
      void window.showErrorMessage(all);
    } else if (measures.length === 0) {
      const none = l10n.t("No source of dbt says how fresh it must be, by “freshness” in its YAML.");
      void window.showInformationMessage(none);
    }
  }

  /** Any command of dbt's own, in a terminal that stays when dbt has ended: what it prints is for a person. */
  async function call(root: Root) {
    const written = await askDbtCommand();
    if (written === undefined) return;
    await saveUnsaved(root);
    const { command, args, env } = await engineLaunch(root.path, extension, line => log.info(line));
    const beforeServe = args.slice(0, args.indexOf("serve"));
    const own = Object.entries(env).filter(([name, value]) => process.env[name] !== value);
    const execution = new ProcessExecution(command, [...beforeServe, "dbt", "--", ...words(written)], {
      cwd: root.path,
      env: Object.fromEntries(own.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    });
    const task = new Task(
      { type: "millrace" },
      TaskScope.Workspace,
      `dbt ${written}`,
      "Millrace",
      execution,
      [],
    );
    task.presentationOptions = { echo: false, focus: true, panel: TaskPanelKind.New };
    await tasks.executeTask(task);
  }

  async function writeTypes(root: Root) {
    const usual = existsSync(root.uri("assets").fsPath) ? "assets/dbtModels.ts" : "dbtModels.ts";
    const file = await window.showInputBox({
      title: l10n.t("Write types of dbt models"),
      prompt: l10n.t("Where the module with their rows is written, from the workspace root"),
      value: usual,
      validateInput: it => (/^[^\\]+\.ts$/.test(it) ? null : l10n.t("Name a file that ends in .ts.")),
    });
    if (file === undefined) return;
    const { text, notes } = await withProgress(l10n.t("dbt asks the database for columns"), () =>
      root.engine.ask(host => host.dbtTypes()),
    );
    const uri = Uri.joinPath(Uri.file(root.path), file);
    await workspace.fs.writeFile(uri, Buffer.from(text));
    await window.showTextDocument(uri, { preview: false });
    if (notes.length > 0) void window.showWarningMessage(notes.join(" "));
  }
}

function hasSql({ dbt }: AssetNode): boolean {
  return dbt?.resource === "model" || dbt?.resource === "snapshot";
}

function withProgress<T>(title: string, work: () => Thenable<T>): Thenable<T> {
  return window.withProgress({ location: ProgressLocation.Window, title }, work);
}

/** As a shell would cut it: what stands in quotes is one word. */
function words(written: string): string[] {
  return [...written.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(it => it[1] ?? it[2] ?? it[3] ?? "");
}
