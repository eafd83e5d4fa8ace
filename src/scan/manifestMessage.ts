import type { AssetEdge, AssetNode } from "../model/assetGraph.ts";
import type { ManifestGraph } from "./manifest.ts";
import type { ManifestPlace } from "./manifestNodes.ts";

/** What a thread is asked to read. */
export interface ManifestOrder {
  readonly path: string;
  readonly file: string;
  readonly place: ManifestPlace | null;
}

/** A thread is asked for the columns of one node instead. */
export interface ColumnsOrder {
  readonly manifest: string;
  readonly uniqueId: string;
}

/** A part of a manifest's graph; the last one has what is no list of assets or edges. */
export interface ManifestPart {
  readonly assets: readonly AssetNode[];
  readonly edges: readonly AssetEdge[];
  readonly rest: Omit<ManifestGraph, "assets" | "edges"> | null;
}

/** A graph as strings that are each read in a few milliseconds. */
export function* writeManifestMessages({ assets, edges, ...rest }: ManifestGraph): Generator<string> {
  for (let at = 0; at < assets.length; at += assetsInMessage) {
    yield write({ assets: assets.slice(at, at + assetsInMessage), edges: [], rest: null });
  }
  for (let at = 0; at < edges.length; at += edgesInMessage) {
    yield write({ assets: [], edges: edges.slice(at, at + edgesInMessage), rest: null });
  }
  yield write({ assets: [], edges: [], rest });
}

/** What `writeManifestMessages` wrote, on the other side. */
export function readManifestMessage(message: string): ManifestPart {
  return JSON.parse(message) as ManifestPart;
}

const assetsInMessage = 250;
const edgesInMessage = 2_500;

function write(part: ManifestPart): string {
  return JSON.stringify(part);
}
