import {
  type Diagnostic,
  DiagnosticSeverity,
  Disposable,
  Diagnostic as EditorDiagnostic,
  languages,
  Range,
  type TextDocumentChangeEvent,
  workspace,
} from "vscode";
import type { AssetKey } from "../../model/assetKey.ts";
import type { AssetState } from "../../model/assetState.ts";
import type { RunError } from "../../model/run.ts";
import type { Root } from "../root.ts";
import type { Roots } from "../roots.ts";
import { lineAfterEdit } from "./lineAfterEdit.ts";

/** Problems: what the scan found, what loading found, and the line at which an asset failed. */
export function registerDiagnostics(roots: Roots): Disposable {
  return roots.watch(root => new RootDiagnostics(root));
}

interface Failure {
  readonly asset: AssetKey;
  readonly file: string;
  /** 0-based, moved along with edits above it. */
  line: number;
  readonly error: RunError;
  readonly runId: string | null;
}

class RootDiagnostics extends Disposable {
  constructor(root: Root) {
    const collection = languages.createDiagnosticCollection(`millrace ${root.path}`);
    const failures = new Map<AssetKey, Failure>();
    /** Failures whose line was edited since; they stay away until the next run. */
    const answered = new Map<AssetKey, string | null>();
    const show = () => showAll(root, collection, failures.values());

    const subscriptions = Disposable.from(
      collection,
      root.graph.onDidChange(show),
      root.state.onDidChangeDefinitions(show),
      root.state.onDidChangeStates(states => {
        if (takeFailures(states ?? root.state.all(), failures, answered)) show();
      }),
      workspace.onDidChangeTextDocument(event => {
        if (moveFailures(root, event, failures, answered)) show();
      }),
    );
    super(() => subscriptions.dispose());
    takeFailures(root.state.all(), failures, answered);
    show();
  }
}

function takeFailures(
  states: readonly AssetState[],
  failures: Map<AssetKey, Failure>,
  answered: Map<AssetKey, string | null>,
): boolean {
  let changed = false;
  for (const { asset, state, error, runId } of states) {
    const known = failures.get(asset);
    if (state === "failed" && error?.file) {
      if ((known && known.runId === runId) || (answered.has(asset) && answered.get(asset) === runId))
        continue;
      failures.set(asset, { asset, file: error.file, line: (error.line ?? 1) - 1, error, runId });
      changed = true;
    } else if (known) {
      failures.delete(asset);
      changed = true;
    }
  }
  return changed;
}

function moveFailures(
  root: Root,
  { document, contentChanges }: TextDocumentChangeEvent,
  failures: Map<AssetKey, Failure>,
  answered: Map<AssetKey, string | null>,
): boolean {
  let changed = false;
  for (const failure of failures.values()) {
    if (root.uri(failure.file).toString() !== document.uri.toString()) continue;
    let line: number | null = failure.line;
    for (const { range, text } of contentChanges) {
      if (line === null) break;
      line = lineAfterEdit(line, range.start.line, range.end.line, text);
    }
    if (line === failure.line) continue;
    changed = true;
    if (line !== null) failure.line = line;
    else {
      failures.delete(failure.asset);
      answered.set(failure.asset, failure.runId);
    }
  }
  return changed;
}

function showAll(
  root: Root,
  collection: { clear(): void; set(entries: [ReturnType<Root["uri"]>, Diagnostic[]][]): void },
  failures: Iterable<Failure>,
) {
  const byFile = new Map<string, Map<string, Diagnostic>>();
  const add = (file: string, diagnostic: Diagnostic) => {
    const inFile = byFile.get(file) ?? new Map<string, Diagnostic>();
    byFile.set(file, inFile.set(`${diagnostic.range.start.line}\n${diagnostic.message}`, diagnostic));
  };
  for (const problem of root.graph.problems()) {
    const { file, line, column, severity, message } = problem;
    add(file, diagnosticAt(line - 1, column, message, severities[severity]));
  }
  for (const { asset, file, line, error } of failures) {
    const message = `${asset}: ${error.message}`;
    add(file, diagnosticAt(line, error.column, message, DiagnosticSeverity.Error));
  }
  collection.clear();
  collection.set([...byFile].map(([file, found]) => [root.uri(file), [...found.values()]]));
}

/** An empty range is drawn under the word that stands there; without a column the whole line is meant. */
function diagnosticAt(line: number, column: number | null, message: string, severity: DiagnosticSeverity) {
  const range =
    column === null
      ? new Range(line, 0, line, Number.MAX_SAFE_INTEGER)
      : new Range(line, column - 1, line, column - 1);
  const diagnostic = new EditorDiagnostic(range, message, severity);
  diagnostic.source = "Millrace";
  return diagnostic;
}

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
} as const;
