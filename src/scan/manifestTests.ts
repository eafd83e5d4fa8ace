import type { DbtTest } from "../model/dbtNode.ts";
import type { Problem } from "../model/problem.ts";
import { type Ancestry, lostParent } from "./manifestEdges.ts";
import { metaOf } from "./manifestKeys.ts";
import type { ManifestNode, ManifestNodes } from "./manifestNodes.ts";
import { recordOf, textOf } from "./manifestValues.ts";

/** The tests of each asset by its id: a test of several nodes is one of each of them. */
export function manifestTests(
  manifest: ManifestNodes,
  { standingFor }: Ancestry,
  file: string,
  problems: Problem[],
): Map<string, DbtTest[]> {
  const tests = new Map<string, DbtTest[]>();
  for (const node of manifest.nodes.values()) {
    if (node.type !== "test" && node.type !== "unit_test") continue;
    const tested = new Set(testedNodes(node, manifest).flatMap(it => standingFor(it)));
    const known = node.parents.filter(it => manifest.nodes.has(it)).flatMap(it => standingFor(it));
    const others = [...new Set(known)].filter(it => !tested.has(it));
    const test = dbtTest(node, others);
    for (const id of tested) {
      const ofAsset = tests.get(id);
      if (ofAsset) ofAsset.push(test);
      else tests.set(id, [test]);
    }
    for (const id of node.parents) {
      if (!manifest.nodes.has(id)) problems.push(lostParent(node, id, manifest.disabled.has(id), file));
    }
  }
  return tests;
}

function dbtTest({ id, name, type, config, raw, file }: ManifestNode, others: readonly string[]): DbtTest {
  return {
    name,
    uniqueId: id,
    kind: type === "test" ? "data" : "unit",
    severity: textOf(config.severity)?.toLowerCase() === "warn" ? "warning" : "error",
    column: textOf(raw.column_name),
    file,
    ...(others.length > 0 ? { looksAt: others } : {}),
  };
}

/** A generic test is of one node and may only look at others (semantics X6); a singular one is of all it names. */
function testedNodes(test: ManifestNode, { nodes }: ManifestNodes): readonly string[] {
  const { parents, raw, type } = test;
  const attached = textOf(raw.attached_node);
  if (attached !== null && nodes.has(attached)) return [attached];
  const known = parents.filter(it => nodes.has(it));
  const { dagster, millrace } = metaOf(test);
  const said = textOf(recordOf(dagster.ref).name) ?? textOf(millrace.ref);
  const meant = said === null ? undefined : known.find(it => nodes.get(it)?.name === said);
  if (meant !== undefined) return [meant];
  if (type !== "test" || raw.test_metadata == null || known.length < 2) return known;

  // Before dbt 1.4 no field says which of its parents a relationship is about.
  const metadata = recordOf(raw.test_metadata);
  const model = textOf(recordOf(metadata.kwargs).model) ?? textOf(raw.file_key_name)?.split(".").at(-1) ?? "";
  const named = known.find(it => {
    const name = nodes.get(it)?.name ?? "";
    return name === model || model.includes(`'${name}'`) || model.includes(`"${name}"`);
  });
  return [named ?? (known.at(-1) as string)];
}
