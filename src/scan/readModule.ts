import type { ModuleName, Value } from "./fileScan.ts";
import type { Lines } from "./lines.ts";
import type { Constants } from "./literals.ts";
import { type Holder, type Reading, readValue } from "./readValue.ts";
import { sdkModule } from "./sdkNames.ts";
import type { Expression, Placed, Program, Statement } from "./syntax.ts";

/** What a module calls by name, and what it offers to others. */
export interface ModuleNames {
  readonly names: Map<string, Value>;
  readonly exports: Map<string, Value>;
  readonly exportsAllOf: ModuleName[];
}

type Declaration = Extract<Statement, { type: "VariableDeclaration" }>;

/** The initialisers of `const x = …` at the top level: an identifier is looked through to its literal. */
export function readConstants(program: Program): Constants {
  const constants = new Map<string, Expression>();
  for (const statement of program.body) {
    const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (declaration?.type !== "VariableDeclaration" || declaration.kind !== "const") continue;
    for (const { id, init } of declaration.declarations) {
      if (id.type === "Identifier" && init) constants.set(id.name, init);
    }
  }
  return constants;
}

/** Reads the statements of a module from first to last. */
export function readModule(program: Program, reading: Reading): ModuleNames {
  const module: ModuleNames = { names: new Map(), exports: new Map(), exportsAllOf: [] };
  for (const statement of program.body) readStatement(statement, module, reading);
  return module;
}

function readStatement(statement: Statement, module: ModuleNames, reading: Reading) {
  switch (statement.type) {
    case "ImportDeclaration":
      return readImport(statement, module, reading.lines);
    case "ExportNamedDeclaration":
      return readExport(statement, module, reading);
    case "ExportDefaultDeclaration": {
      const { declaration } = statement;
      const isExpression = !/Declaration$|^TSDeclare/.test(declaration.type);
      const holder = { variable: null, place: statement };
      module.exports.set(
        "default",
        isExpression ? readValue(declaration as Expression, reading, holder) : aFunction,
      );
      return;
    }
    case "ExportAllDeclaration":
      if (statement.exportKind !== "type")
        module.exportsAllOf.push(moduleName(statement.source, reading.lines));
      return;
    default:
      return readDeclaration(statement, statement, module, reading);
  }
}

function readImport(
  statement: Extract<Statement, { type: "ImportDeclaration" }>,
  { names }: ModuleNames,
  lines: Lines,
) {
  if (statement.importKind === "type" || statement.source.value === sdkModule) return;
  const from = moduleName(statement.source, lines);
  for (const specifier of statement.specifiers) {
    if (specifier.type === "ImportSpecifier" && specifier.importKind === "type") continue;
    const range = lines.range(specifier);
    const name =
      specifier.type === "ImportSpecifier" ? nameOf(specifier.imported) : wholeNames[specifier.type];
    names.set(specifier.local.name, { is: "imported", from, name, range });
  }
}

const wholeNames = { ImportDefaultSpecifier: "default", ImportNamespaceSpecifier: "*" } as const;

function readExport(
  statement: Extract<Statement, { type: "ExportNamedDeclaration" }>,
  module: ModuleNames,
  reading: Reading,
) {
  if (statement.exportKind === "type") return;
  if (statement.declaration) {
    const declared = readDeclaration(statement.declaration, statement, module, reading);
    for (const name of declared) module.exports.set(name, { is: "name", path: [name] });
  }
  const from = statement.source ? moduleName(statement.source, reading.lines) : null;
  for (const specifier of statement.specifiers ?? []) {
    const exported = nameOf(specifier.exported);
    if (specifier.type === "ExportSpecifier" && specifier.exportKind === "type") continue;
    const local = specifier.type === "ExportSpecifier" ? nameOf(specifier.local) : "*";
    const range = reading.lines.range(specifier);
    module.exports.set(
      exported,
      from === null ? { is: "name", path: [local] } : { is: "imported", from, name: local, range },
    );
  }
}

/** Answers the names that a statement declares. */
function readDeclaration(
  statement: Statement,
  place: Placed,
  { names }: ModuleNames,
  reading: Reading,
): string[] {
  switch (statement.type) {
    case "VariableDeclaration":
      return readVariables(statement, place, names, reading);
    case "FunctionDeclaration":
    case "TSDeclareFunction":
      return declareOther(statement.id?.name, "a function", names);
    case "ClassDeclaration":
      return declareOther(statement.id?.name, "a class", names);
    case "TSEnumDeclaration":
      return declareOther(statement.id.name, "an enum", names);
    case "ExpressionStatement":
      readValue(statement.expression, reading, { variable: null, place });
      return [];
    default:
      return [];
  }
}

function readVariables(declaration: Declaration, place: Placed, names: Map<string, Value>, reading: Reading) {
  const declared: string[] = [];
  const isOnly = declaration.declarations.length === 1;
  for (const declarator of declaration.declarations) {
    const { id, init } = declarator;
    const variable = id.type === "Identifier" ? id.name : null;
    const holder: Holder = { variable, place: isOnly ? place : declarator };
    const value: Value = init ? readValue(init, reading, holder) : { is: "computed" };
    for (const [name, held] of variable === null ? unpacked(id, value) : [[variable, value] as const]) {
      names.set(name, held);
      declared.push(name);
    }
  }
  return declared;
}

/** `const { raw, clean: cleaned } = weather` names members; any deeper pattern is computed. */
function unpacked(pattern: Placed, value: Value): [string, Value][] {
  const parts = pattern as { properties?: Placed[]; elements?: (Placed | null)[] };
  return [...(parts.properties ?? []), ...(parts.elements ?? [])].flatMap(part => {
    const { key, value: target } = (part ?? {}) as { key?: Named; value?: Named };
    const local = target?.name ?? (part as Named | null)?.name;
    if (local === undefined) return [];
    const held: Value =
      value.is === "name" && key?.name !== undefined
        ? { is: "name", path: [...value.path, key.name] }
        : { is: "computed" };
    return [[local, held]];
  });
}

interface Named {
  readonly name?: string;
}

const aFunction: Value = { is: "other", what: "a function or class" };

function declareOther(name: string | undefined, what: string, names: Map<string, Value>): string[] {
  if (name === undefined) return [];
  names.set(name, { is: "other", what });
  return [name];
}

function moduleName(source: Placed & { value: string }, lines: Lines): ModuleName {
  return { specifier: source.value, range: lines.range(source) };
}

function nameOf(node: { type: "Identifier"; name: string } | { type: "StringLiteral"; value: string }) {
  return node.type === "Identifier" ? node.name : node.value;
}
