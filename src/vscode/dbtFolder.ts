import { dirname, posix, sep } from "node:path";
import { Disposable, RelativePattern, type TextDocument, Uri, workspace } from "vscode";
import type { AssetGraph, AssetNode } from "../model/assetGraph.ts";
import { dbtSchemaPlaces } from "../scan/dbtSchemaPlaces.ts";
import type { AssetPlace } from "./liveGraph.ts";

/** The folder of a root's dbt project, watched as long as the root is open. */
export interface DbtFolder {
  /** Absolute. */
  readonly path: string;
  readonly manifest: string;
  readonly watching: Disposable;
}

/** dbt writes many files at once; after the last one it is quiet for that long. */
const quietMs = 400;

/** Calls when a file of the project, or the manifest that dbt makes of them, has changed. */
export function watchDbt(
  { folder, manifest }: { readonly folder: string; readonly manifest: string },
  changed: () => Promise<void>,
): DbtFolder {
  let timer: NodeJS.Timeout | undefined;
  const watchers = [
    workspace.createFileSystemWatcher(new RelativePattern(Uri.file(folder), "**/*.{sql,py,csv,yml,yaml}")),
    workspace.createFileSystemWatcher(new RelativePattern(Uri.file(dirname(manifest)), "manifest.json")),
  ];
  const soon = (uri: Uri) => {
    if (!isSource(uri.fsPath) && uri.fsPath !== manifest) return;
    clearTimeout(timer);
    timer = setTimeout(() => void changed().catch(() => {}), quietMs);
  };
  return {
    path: folder,
    manifest,
    watching: Disposable.from(
      ...watchers,
      ...watchers.flatMap(it => [it.onDidCreate(soon), it.onDidChange(soon), it.onDidDelete(soon)]),
      new Disposable(() => clearTimeout(timer)),
    ),
  };
}

/** What a project is made of, and not what dbt and its packages put there. */
export function isDbtFile({ path }: Pick<DbtFolder, "path">, uri: Uri): boolean {
  const prefix = `${path}${sep}`;
  return uri.scheme === "file" && uri.fsPath.startsWith(prefix) && isSource(uri.fsPath.slice(prefix.length));
}

/** Where dbt's nodes stand in a document: a model is all of its file, a source has its lines in YAML. */
export function dbtPlaces(document: TextDocument, root: string, { assets }: AssetGraph): AssetPlace[] {
  const last = document.lineCount - 1;
  if (!/\.ya?ml$/.test(document.fileName)) {
    const file = fromRoot(root, document.uri);
    const inFile = assets.filter(it => it.file === file && it.dbt !== undefined && it.kind === "dbt");
    return inFile.map(it => ({ key: it.key, ...blockOf(document, it, inFile.length) }));
  }
  const places = dbtSchemaPlaces(document.getText());
  return places.flatMap(({ source, name, line }, at) => {
    const asset = assets.find(it => (source === null ? isNode(it, name) : isSourceTable(it, source, name)));
    if (asset === undefined) return [];
    return [{ key: asset.key, line: line - 1, endLine: (places[at + 1]?.line ?? last + 2) - 2 }];
  });
}

/** A source's table, or the TypeScript asset that feeds it. */
export function isSourceTable(asset: AssetNode, source: string, table: string): boolean {
  if (asset.dbt?.resource === "source") return asset.dbt.source === source && asset.dbt.name === table;
  return asset.feeds?.some(it => it.startsWith("source.") && it.endsWith(`.${source}.${table}`)) ?? false;
}

/** A file as the graph names it: from the root, with forward slashes. */
export function fromRoot(root: string, uri: Uri): string {
  return posix.relative(Uri.file(root).path, uri.path);
}

function isNode({ kind, dbt }: AssetNode, name: string): boolean {
  return kind === "dbt" && dbt?.name === name;
}

/** Of several snapshots in one file each has its block. */
function blockOf(document: TextDocument, { dbt }: AssetNode, count: number) {
  const last = document.lineCount - 1;
  if (count < 2) return { line: 0, endLine: last };
  const lines = document.getText().split("\n");
  const line = lines.findIndex(it => new RegExp(`\\bsnapshot\\s+${dbt?.name}\\b`).test(it));
  const length = lines.slice(line + 1).findIndex(it => /\bendsnapshot\b/.test(it));
  return line < 0 ? { line: 0, endLine: last } : { line, endLine: length < 0 ? last : line + 1 + length };
}

function isSource(path: string): boolean {
  return (
    /\.(sql|py|csv|ya?ml)$/.test(path) &&
    !/(^|[\\/])(target|dbt_packages|dbt_modules|logs|node_modules|\.millrace|\.venv|venv)[\\/]/.test(path)
  );
}
