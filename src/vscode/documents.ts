import {
  Disposable,
  EventEmitter,
  languages,
  type TextDocumentContentProvider,
  Uri,
  window,
  workspace,
} from "vscode";
import type { LogLine, RunSummary } from "../model/run.ts";
import { isEnded } from "../model/run.ts";
import { stateMarks, stateOfStatus } from "../model/stateWords.ts";
import type { DoctorLine } from "../protocol/engine.ts";
import type { Root } from "./root.ts";
import type { Roots } from "./roots.ts";

import { absoluteTime } from "./trees/assetTooltip.ts";
import { wordsOfStep } from "./trees/runWords.ts";

const scheme = "millrace";

const logSettlesMs = 300;

/** Read-only documents of ours: the log of a run, which grows while the run goes on, and the doctor's report. */
export interface Documents extends Disposable {
  openRunLog(root: Root, runId: string): Promise<void>;
  openDoctor(root: Root, lines: readonly DoctorLine[]): Promise<void>;
  /** Something to read, under a title. */
  openText(root: Root, title: string, text: string): Promise<void>;
  /** The SQL that dbt makes of a model. */
  openCompiledSql(root: Root, name: string, sql: string): Promise<void>;
}

export function openDocuments(roots: Roots): Documents {
  const texts = new Map<string, string>();
  const changed = new EventEmitter<Uri>();
  const provider: TextDocumentContentProvider = {
    onDidChange: changed.event,
    provideTextDocumentContent: async uri => texts.get(uri.toString()) ?? (await logText(uri)),
  };
  const registrations = Disposable.from(
    changed,
    workspace.registerTextDocumentContentProvider(scheme, provider),
    workspace.onDidCloseTextDocument(({ uri }) => texts.delete(uri.toString())),
    roots.watch(root =>
      Disposable.from(
        root.state.onDidLog(({ runId, lines }) => append(logUri(root, runId), lines.map(logLine).join(""))),
        root.state.onDidChangeRuns(run => {
          if (run && isEnded(run.status)) end(logUri(root, run.id));
        }),
      ),
    ),
  );

  return {
    async openRunLog(root, runId) {
      await show(logUri(root, runId), "log");
    },
    async openDoctor(root, lines) {
      const uri = Uri.from({ scheme, path: "/Millrace doctor", query: root.path });
      texts.set(uri.toString(), doctorText(root, lines));
      changed.fire(uri);
      await show(uri, "plaintext");
    },
    async openText(root, title, text) {
      const uri = Uri.from({ scheme, path: `/${title}`, query: root.path });
      texts.set(uri.toString(), text);
      changed.fire(uri);
      await show(uri, "plaintext");
    },
    async openCompiledSql(root, name, sql) {
      const uri = Uri.from({ scheme, path: `/${name}.sql`, query: root.path });
      texts.set(uri.toString(), sql);
      changed.fire(uri);
      await show(uri, "sql");
    },
    dispose: () => registrations.dispose(),
  };

  /** A log that is asked for again (also after the window was reloaded) comes from the engine. */
  async function logText(uri: Uri): Promise<string> {
    const { root: path, run: id } = JSON.parse(uri.query || "{}") as { root?: string; run?: string };
    const root = roots.all().find(it => it.path === path);
    if (root === undefined || id === undefined) return "";
    const [run, lines] = await root.engine.ask(host => Promise.all([host.run(id), host.runLog(id)]));
    const text = `${run ? heading(run) : ""}${lines.map(logLine).join("")}`;
    if (run && isEnded(run.status)) return text + summary(run);
    texts.set(uri.toString(), text);
    return text;
  }

  function append(uri: Uri, more: string) {
    const text = texts.get(uri.toString());
    if (text === undefined) return;
    texts.set(uri.toString(), text + more);
    changed.fire(uri);
  }

  /** The last lines of a log may come after the run's own end, so what ended is asked for once more. */
  function end(uri: Uri) {
    if (!texts.has(uri.toString())) return;
    setTimeout(() => {
      if (texts.delete(uri.toString())) changed.fire(uri);
    }, logSettlesMs);
  }
}

async function show(uri: Uri, language: string) {
  const document = await workspace.openTextDocument(uri);
  await languages.setTextDocumentLanguage(document, language);
  await window.showTextDocument(document, { preview: true });
}

function logUri(root: Root, run: string): Uri {
  return Uri.from({ scheme, path: `/Run ${run}`, query: JSON.stringify({ root: root.path, run }) });
}

function heading(run: RunSummary): string {
  const started = run.startedAt === null ? "" : `, ${absoluteTime(run.startedAt)}`;
  return `Run ${run.id}: ${run.selection} (${run.environment})${started}\n\n`;
}

function logLine({ at, level, asset, message }: LogLine): string {
  const where = asset === null ? "" : `${asset}: `;
  return `${clockTime(at)} [${level}] ${where}${message}\n`;
}

/** How each step ended, as the terminal says it. */
function summary({ steps }: RunSummary): string {
  const names = steps.map(it => it.assets.join(", "));
  const width = Math.max(0, ...names.map(it => it.length));
  const lines = steps.map((step, at) => {
    const { terminal } = stateMarks[stateOfStatus[step.status]];
    return `${terminal} ${names[at]?.padEnd(width)}  ${wordsOfStep(step, Date.now())}\n`;
  });
  return `\n${lines.join("")}`;
}

/** The user's own clock, to the millisecond. */
function clockTime(iso: string): string {
  const time = new Date(iso);
  const milliseconds = String(time.getMilliseconds()).padStart(3, "0");
  return `${time.toLocaleTimeString("en-GB")}.${milliseconds}`;
}

function doctorText(root: Root, lines: readonly DoctorLine[]): string {
  const marks = { ok: "✓", warning: "!", error: "✗" } as const;
  const width = Math.max(0, ...lines.map(it => it.name.length));
  const report = lines.map(({ name, value, source, state, advice }) => {
    const first = `${marks[state]} ${name.padEnd(width)}  ${value}  (${source})`;
    return advice === null ? first : `${first}\n  ${" ".repeat(width)}  ${advice}`;
  });
  return `Millrace doctor: ${root.path}\n\n${report.join("\n")}\n`;
}
