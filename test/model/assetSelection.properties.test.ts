import fc from "fast-check";
import { expect, test } from "vitest";
import type { AssetGraph } from "../../src/model/assetGraph.ts";
import { selectByText } from "../../src/model/assetSelection.ts";
import { parseSelection } from "../../src/model/selectionSyntax.ts";
import { graphOf } from "../support/graphs.ts";

const names = Array.from({ length: 10 }, (_, i) => `n${i}`);
const asset = fc.integer({ min: 0, max: 9 });

/** Any graph of ten assets without circles, some of them sources. */
const graph = fc
  .tuple(fc.array(fc.tuple(asset, asset), { maxLength: 25 }), fc.uniqueArray(asset, { maxLength: 3 }))
  .map(([pairs, sources]) => {
    const lines = pairs.filter(([a, b]) => a < b).map(([a, b]) => `n${a} → n${b}`);
    return graphOf(
      [...names, ...lines].join("\n"),
      Object.fromEntries(sources.map(i => [`n${i}`, { kind: "source" as const }])),
    );
  });

/** Any well-formed selection, written with more parentheses than it needs. */
const selection: fc.Arbitrary<string> = fc.letrec<{ any: string }>(tie => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(fc.constantFrom(...names), fc.constantFrom("(*)", 'key:"n*"', 'key:"nothing"', "is:external")),
    tie("any").map(it => `(${it})`),
    tie("any").map(it => `(not (${it}))`),
    fc
      .tuple(tie("any"), fc.constantFrom("and", "or"), tie("any"))
      .map(([a, op, b]) => `((${a}) ${op} (${b}))`),
    fc
      .tuple(fc.constantFrom("", "+", "1+", "2+"), tie("any"), fc.constantFrom("", "+", "+1", "+2"))
      .map(([up, it, down]) => `${up}(${it})${down}`),
    fc.tuple(fc.constantFrom("roots", "sinks"), tie("any")).map(([call, it]) => `${call}(${it})`),
  ),
})).any;

test("any text is answered with a selection or a problem inside the text", () => {
  const pieces = fc.constantFrom(
    "key:",
    "tag:",
    "a",
    "+",
    "2",
    "*",
    "(",
    ")",
    '"',
    "not ",
    " and ",
    " or ",
    "<null>",
    "=",
    ":",
    "roots(",
    "\\",
    "ü",
    " ",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.array(pieces).map(it => it.join("")),
      ),
      text => {
        const { value, problems } = parseSelection(text);
        expect(problems.length === 0).toBe(value !== null);
        for (const { at, length, message } of problems) {
          expect(at >= 0 && at + length <= text.length).toBe(true);
          expect(message).toMatch(/[.?]$/);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test("roots have nothing of the set above them, sinks nothing below, and every set has both", () => {
  check((of, x) => {
    const [all, roots, sinks] = [of(x), of(`roots(${x})`), of(`sinks(${x})`)];
    for (const root of roots) expect(both(of(`key:${root}+`), roots)).toEqual(new Set([root]));
    for (const sink of sinks) expect(both(of(`key:${sink}+`), all)).toEqual(new Set([sink]));
    expect(minus(roots, all)).toEqual(none);
    expect(minus(sinks, all)).toEqual(none);
    expect(roots.size > 0).toBe(all.size > 0);
    expect(sinks.size > 0).toBe(all.size > 0);
    expect(minus(all, of(`roots(${x})+`))).toEqual(none);
    expect(of(`roots(roots(${x}))`)).toEqual(roots);
  });
});

test("going down keeps the set, grows with the levels, and ends where all levels end", () => {
  check((of, x) => {
    expect(of(`(${x})+0`)).toEqual(of(x));
    expect(of(`((${x})+1)+1`)).toEqual(of(`(${x})+2`));
    expect(of(`((${x})+)+`)).toEqual(of(`(${x})+`));
    expect(of(`(${x})+9`)).toEqual(of(`(${x})+`));
    expect(minus(of(x), of(`(${x})+`))).toEqual(none);
    expect(of(`2+(${x})+1`)).toEqual(of(`2+(${x}) or (${x})+1`));
  });
});

test("an asset is above another exactly when that one is below it", () => {
  fc.assert(
    fc.property(graph, asset, asset, (graph, a, b) => {
      const of = selector(graph);
      if (of("is:external").has(`n${a}`)) return;
      expect(of(`+n${b}`).has(`n${a}`)).toBe(of(`n${a}+`).has(`n${b}`));
    }),
  );
});

test("and, or and not are those of sets", () => {
  fc.assert(
    fc.property(graph, selection, selection, (graph, x, y) => {
      const of = selector(graph);
      expect(of(`not (${x} and ${y})`)).toEqual(of(`not ${x} or not ${y}`));
      expect(of(`not (${x} or ${y})`)).toEqual(of(`not ${x} and not ${y}`));
      expect(of(`not not ${x}`)).toEqual(of(`* and ${x}`));
      expect(of(`${x} or ${y} and ${x}`)).toEqual(of(x));
    }),
  );
});

test("a chain of 5,000 assets under 1,000 parentheses is answered", () => {
  const long = Array.from({ length: 5_000 }, (_, i) => `a${i}`);
  const chain = graphOf(long.join(" → "));
  const nested = `${"(".repeat(1_000)}a4999${")".repeat(1_000)}`;
  expect(selectByText(`+${nested}`, chain).keys).toHaveLength(5_000);
  const mixed = `${"not (a1 or ".repeat(1_000)}a2${")".repeat(1_000)}`;
  expect(selectByText(mixed, chain).problems).toEqual([]);
  expect(selectByText(`${"roots(+(".repeat(500)}a4999${"))".repeat(500)}`, chain).keys).toEqual(["a0"]);
  expect(parseSelection("(".repeat(200_000)).problems).toHaveLength(1);
  expect(parseSelection(`${"not ".repeat(200_000)}a`).problems).toEqual([]);
});

const none = new Set();

function check(law: (of: ReturnType<typeof selector>, selection: string) => void) {
  fc.assert(fc.property(graph, selection, (graph, x) => law(selector(graph), x)));
}

function selector(graph: AssetGraph) {
  return (text: string): Set<string> => {
    const { keys, problems } = selectByText(text, graph);
    expect(problems).toEqual([]);
    return new Set(keys);
  };
}

function minus(a: ReadonlySet<string>, b: ReadonlySet<string>) {
  return new Set([...a].filter(it => !b.has(it)));
}

function both(a: ReadonlySet<string>, b: ReadonlySet<string>) {
  return new Set([...a].filter(it => b.has(it)));
}
