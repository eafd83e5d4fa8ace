/** What a piece of text names in the words of dbt: `ref('orders')`, `source('raw', 'orders')`, `dbtModel("orders")`. */
export interface DbtCall {
  readonly call: "ref" | "source" | "dbtModel";
  /** One or two names, as they are written: of a ref the package may come first. */
  readonly names: readonly string[];
  readonly version: string | null;
  /** Offsets in the text: from the first quote to behind the last. */
  readonly start: number;
  readonly end: number;
}

/** All calls in a text, in its order. What is computed, or stands in a comment of Jinja, is none. */
export function dbtCalls(text: string): DbtCall[] {
  const bare = text.replace(/\{#[\s\S]*?#\}/g, it => " ".repeat(it.length));
  return [...bare.matchAll(calls)].map(match => {
    const [whole, call = "", , first = "", , second] = match;
    const inside = whole.slice(call.length);
    const start = match.index + call.length + inside.search(/["'`]/);
    const end = match.index + whole.length;
    const rest = bare.slice(end, end + 80);
    const version = /^\s*,\s*(?:\{\s*)?(?:v|version)\s*[=:]\s*["']?([\w.]+)/.exec(rest)?.[1] ?? null;
    return {
      call: call as DbtCall["call"],
      names: second === undefined ? [first] : [first, second],
      version,
      start,
      end,
    };
  });
}

/** The call whose names hold an offset; null when there is none. */
export function dbtCallAt(text: string, offset: number): DbtCall | null {
  return dbtCalls(text).find(it => it.start <= offset && offset <= it.end) ?? null;
}

/** A type may stand between `dbtModel` and its bracket. */
const calls =
  /\b(ref|source|dbtModel)(?:<[^()]*?>)?\s*\(\s*(["'`])([^"'`\n]+)\2(?:\s*,\s*(["'`])([^"'`\n]+)\4)?/g;
