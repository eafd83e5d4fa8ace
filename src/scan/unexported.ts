import type { Problem } from "../model/problem.ts";
import { literalText } from "./literals.ts";
import { isAutomationMaker } from "./readAutomation.ts";
import type { Reading } from "./readValue.ts";
import { sdkNameOf } from "./sdkNames.ts";
import { type Call, type Expression, type Placed, type Program, withoutTypes } from "./syntax.ts";
import { walk } from "./walk.ts";

/** Assets, sensors and schedules that a file keeps to itself: nobody who loads it will find them. */
export function unexported(program: Program, reading: Reading): Problem[] {
  const kept = program.body.flatMap(statement => keptBy(statement, reading));
  if (kept.length === 0) return [];
  const handedOut = namesHandedOut(program, kept);
  return kept.flatMap(({ name, call, place }) => {
    const key = literalText(call.arguments[0] as Expression, reading.constants);
    if (key === null || (name !== null && handedOut.has(name))) return [];
    const maker = sdkNameOf(call.callee as Expression, reading.sdk) as string;
    const subject = assetMakers.includes(maker) ? "asset" : maker === "schedule" ? "schedule" : "sensor";
    const message = `The ${subject} "${key}" is not exported, so it cannot be run: write "export const ${name ?? nameFor(key)} = ${maker}(…)".`;
    const { file, lines } = reading;
    return [{ file, ...lines.position(place.start ?? 0), severity: "warning" as const, message }];
  });
}

/** The key of the asset that such a problem is about; null for any other problem. */
export function unexportedAsset({ message }: Problem): string | null {
  return /^The asset "(.+)" is not exported, /.exec(message)?.[1] ?? null;
}

/** What a statement declares without `export`: it may still be handed out under its name. */
interface Kept {
  readonly name: string | null;
  readonly call: Call;
  readonly place: Placed;
  /** What it names itself: inputs are found with whoever needs them. */
  readonly within: unknown;
}

function keptBy(statement: Program["body"][number], { sdk }: Reading): Kept[] {
  if (statement.type === "ExpressionStatement") {
    const call = declaringCall(statement.expression);
    return call === null ? [] : [{ name: null, call, place: statement, within: statement }];
  }
  if (statement.type !== "VariableDeclaration") return [];
  const isOnly = statement.declarations.length === 1;
  return statement.declarations.flatMap(declarator => {
    const call = declarator.init ? declaringCall(declarator.init) : null;
    if (call === null || declarator.id.type !== "Identifier") return [];
    const place = isOnly ? statement : declarator;
    return [{ name: declarator.id.name, call, place, within: declarator.init }];
  });

  /** `asset(…)`, also under methods such as `.checks(…)`. */
  function declaringCall(expression: Expression): Call | null {
    let bare = withoutTypes(expression);
    while (bare.type === "CallExpression") {
      const { callee } = bare;
      const maker = sdkNameOf(callee as Expression, sdk);
      if (maker !== null) return assetMakers.includes(maker) || isAutomationMaker(maker) ? bare : null;
      if (callee.type !== "MemberExpression") return null;
      bare = withoutTypes(callee.object as Expression);
    }
    return null;
  }
}

const assetMakers = ["asset", "sqlAsset", "commandAsset"];

/** Named anywhere else, a constant may be exported with something: only what is sure is told. */
function namesHandedOut(program: Program, kept: readonly Kept[]): Set<string> {
  const own = new Set(kept.map(it => it.within));
  const handedOut = namesIn(program.body, own);
  const left = new Set(kept);
  for (;;) {
    const found = [...left].filter(({ name }) => name !== null && handedOut.has(name));
    if (found.length === 0) return handedOut;
    for (const it of found) {
      left.delete(it);
      for (const name of namesIn(it.within)) handedOut.add(name);
    }
  }
}

/** The names that are used; of what only orders, nothing is loaded. */
function namesIn(root: unknown, except: ReadonlySet<unknown> = new Set()): Set<string> {
  const names = new Set<string>();
  walk(root, node => {
    if (except.has(node) || node.type === "TSTypeQuery") return null;
    const { id, init, key, property, computed, value, object, name } = node as Parts;
    switch (node.type) {
      case "Identifier":
        if (name !== undefined) names.add(name);
        return node;
      case "VariableDeclarator":
        return id?.type === "Identifier" ? init : node;
      case "ObjectProperty":
        if (computed) return node;
        return key?.name === "deps" || key?.name === "assets" ? null : value;
      case "MemberExpression":
        return computed || property?.type !== "Identifier" ? node : object;
      default:
        return node;
    }
  });
  return names;
}

/** Of the nodes that are looked into. */
interface Parts {
  readonly id?: Placed;
  readonly init?: unknown;
  readonly key?: { readonly name?: string };
  readonly property?: Placed;
  readonly computed?: boolean;
  readonly value?: unknown;
  readonly object?: unknown;
  readonly name?: string;
}

/** "raw/new-orders" is held by `newOrders`. */
function nameFor(key: string): string {
  const words = (key.split("/").at(-1) ?? "").split(/[^\p{L}\p{N}$]+/u).filter(Boolean);
  const name = words.map((it, at) => (at === 0 ? it : it.charAt(0).toUpperCase() + it.slice(1))).join("");
  return /^[\p{L}$]/u.test(name) ? name : "name";
}
