import type { ManifestNode } from "./manifestNodes.ts";
import { textOf } from "./manifestValues.ts";

/**
 * Into which schemas a manifest puts what is configured alike: the target makes the one of the other, and is what a
 * manifest does not name.
 */
export type Placement = Readonly<Record<string, readonly string[]>>;

export function placementOf(nodes: Iterable<ManifestNode>): Placement {
  const placement = new Map<string, Set<string>>();
  for (const { asset, config, raw } of nodes) {
    const schema = textOf(raw.schema);
    if (asset === null || asset === "source" || asset === "exposure" || schema === null) continue;
    const { database, schema: own, target_schema } = config;
    const configured = configuredAs(textOf(database), textOf(own), textOf(target_schema));
    const places = placement.get(configured) ?? new Set();
    placement.set(configured, places.add(placeOf(textOf(raw.database), schema)));
  }
  return Object.fromEntries([...placement].map(([configured, places]) => [configured, [...places].sort()]));
}

/** Where a target puts what has no configuration of its own. */
export function placementOfTarget(database: string | null, schema: string): Placement {
  return { [configuredAs(null, null, null)]: [placeOf(database, schema)] };
}

/** An example of what is configured alike and lies elsewhere by the other target; null when both are of one. */
export function otherPlace(it: Placement, ours: Placement): { its: string; ours: string } | null {
  for (const [configured, places] of Object.entries(it)) {
    const own = ours[configured];
    const [first, second] = [places[0], own?.[0]];
    if (own === undefined || first === undefined || second === undefined) continue;
    if (!places.some(it => own.includes(it))) return { its: inWords(first), ours: inWords(second) };
  }
  return null;
}

function configuredAs(...configured: (string | null)[]): string {
  return JSON.stringify(configured);
}

/** Databases that are not quoted have no upper case to speak of. */
function placeOf(database: string | null, schema: string): string {
  return JSON.stringify([database?.toLowerCase() ?? null, schema.toLowerCase()]);
}

function inWords(place: string): string {
  return (JSON.parse(place) as (string | null)[]).filter(Boolean).join(".");
}
