import { dottedNames, type Expression, type Program } from "./syntax.ts";

/** How one file calls what it imports from "millrace". */
export interface SdkNames {
  /** Local name → the SDK's name: `import { asset as a }`. */
  readonly names: ReadonlyMap<string, string>;
  /** `import * as m`. */
  readonly namespaces: ReadonlySet<string>;
}

/** The package whose calls the scan recognises. */
export const sdkModule = "millrace";

/** Reads what a module imports from the SDK; types alone do not count. */
export function readSdkNames(program: Program): SdkNames {
  const names = new Map<string, string>();
  const namespaces = new Set<string>();
  for (const statement of program.body) {
    if (statement.type !== "ImportDeclaration" || statement.source.value !== sdkModule) continue;
    if (statement.importKind === "type") continue;
    for (const specifier of statement.specifiers) {
      if (specifier.type !== "ImportSpecifier") namespaces.add(specifier.local.name);
      else if (specifier.importKind !== "type") {
        const { imported, local } = specifier;
        names.set(local.name, imported.type === "Identifier" ? imported.name : imported.value);
      }
    }
  }
  return { names, namespaces };
}

/** A script that only runs assets declares none, and must not be run by loading it. */
export function declaresWith({ names, namespaces }: SdkNames): boolean {
  return namespaces.size > 0 || [...names.values()].some(name => name !== "materialize");
}

/** The SDK's name for an expression such as `asset` or `m.asset`; null when it is not the SDK's. */
export function sdkNameOf(expression: Expression, { names, namespaces }: SdkNames): string | null {
  if (expression.type === "Identifier") return names.get(expression.name) ?? null;
  const dotted = dottedNames(expression);
  if (dotted?.length !== 2 || !namespaces.has(dotted[0] as string)) return null;
  return dotted[1] ?? null;
}
