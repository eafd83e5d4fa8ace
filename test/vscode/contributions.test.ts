import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "@babel/parser";
import { describe, expect, test } from "vitest";
import { commandIds } from "../../src/vscode/commands/commandIds.ts";

const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const words: Record<string, string> = JSON.parse(readFileSync("package.nls.json", "utf8"));
const { contributes, capabilities } = manifest;

describe("what package.json contributes", () => {
  test("is exactly the commands that the extension handles", () => {
    const contributed = contributes.commands.map((it: { command: string }) => it.command);
    expect(contributed.toSorted()).toEqual([...commandIds].sort());
  });

  test("has words for all that is shown, and no words for what is not", () => {
    const used = [...JSON.stringify(manifest).matchAll(/"%([^%]+)%"/g)].map(it => it[1]);
    expect([...new Set(used)].sort()).toEqual(Object.keys(words).sort());
  });

  test("begins each command with a verb in sentence case, without an exclamation mark", () => {
    for (const { title } of contributes.commands as { title: string }[]) {
      expect(words[title.replaceAll("%", "")]).toMatch(/^[A-Z][^A-Z!]*( URL[^A-Z!]*)?$/);
    }
  });

  test("names in menus only commands and views that exist", () => {
    const views = [...Object.values(contributes.views).flat()] as { id: string }[];
    for (const { command, when } of Object.values(contributes.menus).flat() as Record<string, string>[]) {
      expect(commandIds).toContain(command);
      const view = /view == ([\w.]+)/.exec(when ?? "")?.[1];
      if (view) expect(views.map(it => it.id)).toContain(view);
    }
  });

  test("lets no untrusted folder set a path, and no folder hold a password", () => {
    const settings = Object.entries(contributes.configuration.properties) as [string, { scope: string }][];
    const restricted = capabilities.untrustedWorkspaces.restrictedConfigurations;
    for (const [name, { scope }] of settings) {
      if (/path|environment/.test(name)) {
        expect(restricted).toContain(name);
        expect(scope).toBe("machine-overridable");
      }
      expect(name).not.toMatch(/url|password|secret/i);
    }
  });

  test("starts on nothing but what needs it", () => {
    expect(manifest.activationEvents).not.toContain("*");
    expect(manifest.activationEvents.join()).not.toContain("**");
  });
});

describe("what the extension says", () => {
  test("can be translated: the bundle holds every sentence, and no other", () => {
    const bundle = JSON.parse(readFileSync("l10n/bundle.l10n.json", "utf8"));
    const sentences = filesOf("src/vscode").flatMap(sentencesOf);
    expect(bundle).toEqual(Object.fromEntries(sentences.map(it => [it, it])));
  });
});

function filesOf(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter(it => it.endsWith(".ts")).map(it => join(folder, it));
}

/** The first arguments of `l10n.t(…)`. */
function sentencesOf(file: string): string[] {
  const found: string[] = [];
  const { program } = parse(readFileSync(file, "utf8"), { sourceType: "module", plugins: ["typescript"] });
  visit(program);
  return found;

  function visit(node: unknown): void {
    if (typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) {
      node.forEach(visit);
      return;
    }
    const {
      type,
      callee,
      arguments: args,
    } = node as Record<string, Record<string, unknown>> & { type: unknown };
    const object = callee?.object as { name?: string } | undefined;
    if (type === "CallExpression" && object?.name === "l10n") {
      const [first] = args as unknown as { type: string; value: string }[];
      expect(first?.type, `${file}: l10n.t takes a literal`).toBe("StringLiteral");
      if (first) found.push(first.value);
    }
    for (const [key, child] of Object.entries(node)) if (key !== "loc") visit(child);
  }
}
