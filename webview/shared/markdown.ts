/** A text between the lines of Markdown: plain, or with what it is told to be. */
export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "strong"; readonly parts: readonly Inline[] }
  | { readonly kind: "emphasis"; readonly parts: readonly Inline[] }
  | { readonly kind: "link"; readonly address: string; readonly parts: readonly Inline[] };

export type Block =
  | { readonly kind: "paragraph"; readonly parts: readonly Inline[] }
  | { readonly kind: "heading"; readonly parts: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "quote"; readonly parts: readonly Inline[] }
  | { readonly kind: "list"; readonly isOrdered: boolean; readonly items: readonly (readonly Inline[])[] }
  | { readonly kind: "table"; readonly rows: readonly (readonly (readonly Inline[])[])[] };

/**
 * The Markdown that people write into descriptions, as a tree. What is not known stays the text that it is:
 * HTML is never anything else, and a link leads only to the web.
 */
export function parseMarkdown(text: string): Block[] {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] as string;
    if (line.trim() === "") at++;
    else at = readBlock(lines, at, blocks);
  }
  return blocks;
}

/** The first paragraph without marks, for where there is one line. */
export function plainText(parts: readonly Inline[]): string {
  return parts.map(it => ("text" in it ? it.text : plainText(it.parts))).join("");
}

const fence = /^\s{0,3}(```|~~~)/;
const heading = /^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$/;
const quote = /^\s{0,3}>\s?(.*)$/;
const item = /^\s{0,3}(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;
const tableRule = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** Adds the block that begins at a line; answers the line behind it. */
function readBlock(lines: readonly string[], from: number, blocks: Block[]): number {
  const line = lines[from] as string;
  const opened = fence.exec(line)?.[1];
  if (opened !== undefined) return readFence(lines, from, opened, blocks);
  const title = heading.exec(line)?.[1];
  if (title !== undefined) {
    blocks.push({ kind: "heading", parts: parseInline(title) });
    return from + 1;
  }
  if (line.includes("|") && tableRule.test(lines[from + 1] ?? "") && (lines[from + 1] ?? "").includes("-"))
    return readTable(lines, from, blocks);
  if (quote.test(line)) {
    const end = endWhere(lines, from, it => quote.test(it));
    const text = lines.slice(from, end).map(it => quote.exec(it)?.[1] ?? "");
    blocks.push({ kind: "quote", parts: parseInline(text.join(" ")) });
    return end;
  }
  if (item.test(line)) return readList(lines, from, blocks);
  const end = endWhere(lines, from, (it, at) => at === from || !beginsBlock(it));
  blocks.push({ kind: "paragraph", parts: parseInline(lines.slice(from, end).join("\n").trim()) });
  return end;
}

function beginsBlock(line: string): boolean {
  return fence.test(line) || heading.test(line) || quote.test(line) || item.test(line);
}

function endWhere(
  lines: readonly string[],
  from: number,
  belongs: (line: string, at: number) => boolean,
): number {
  let end = from;
  while (end < lines.length && (lines[end] as string).trim() !== "" && belongs(lines[end] as string, end))
    end++;
  return end;
}

function readFence(lines: readonly string[], from: number, mark: string, blocks: Block[]): number {
  let end = from + 1;
  while (end < lines.length && !(lines[end] as string).trim().startsWith(mark)) end++;
  blocks.push({ kind: "code", text: lines.slice(from + 1, end).join("\n") });
  return end + 1;
}

function readTable(lines: readonly string[], from: number, blocks: Block[]): number {
  const end = endWhere(lines, from, it => it.includes("|"));
  const rows = lines
    .slice(from, end)
    .filter((_, at) => at !== 1)
    .map(line => cellsOf(line).map(parseInline));
  blocks.push({ kind: "table", rows });
  return end;
}

function cellsOf(line: string): string[] {
  const inner = line
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map(it => it.trim().replaceAll("\\|", "|"));
}

/** What is indented below an item belongs to it; a list within a list is told as one. */
function readList(lines: readonly string[], from: number, blocks: Block[]): number {
  const end = endWhere(lines, from, it => /^\s*([-*+]|\d{1,9}[.)])\s+|^\s+\S/.test(it));
  const items: string[] = [];
  for (const line of lines.slice(from, end)) {
    const text = /^\s*(?:[-*+]|\d{1,9}[.)])\s+(.*)$/.exec(line)?.[1];
    if (text !== undefined) items.push(text);
    else items.push(`${items.pop() ?? ""} ${line.trim()}`);
  }
  const isOrdered = /^\s*\d/.test(lines[from] as string);
  blocks.push({ kind: "list", isOrdered, items: items.map(parseInline) });
  return end;
}

const marks: readonly { readonly pattern: RegExp; make(found: RegExpExecArray): Inline | null }[] = [
  { pattern: /^\\([\\`*_{}[\]()#+\-.!|<>~])/, make: ([, it = ""]) => ({ kind: "text", text: it }) },
  {
    pattern: /^(`+)([\s\S]*?[^`])\1(?!`)/,
    make: ([, , it = ""]) => ({ kind: "code", text: it.replace(/^ (.*) $/, "$1") }),
  },
  {
    pattern: /^(\*\*|__)(?=\S)([\s\S]*?\S)\1/,
    make: ([, , it = ""]) => ({ kind: "strong", parts: parseInline(it) }),
  },
  {
    pattern: /^\*(?=[^\s*])([^*]*?[^\s*])\*(?!\*)/,
    make: ([, it = ""]) => ({ kind: "emphasis", parts: parseInline(it) }),
  },
  {
    pattern: /^_(?=[^\s_])([^_]*?[^\s_])_(?![\w])/,
    make: ([, it = ""]) => ({ kind: "emphasis", parts: parseInline(it) }),
  },
  {
    pattern: /^!?\[([^\]]*)\]\(\s*<?([^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/,
    make: ([, words = "", address = ""]) =>
      isOfWeb(address) ? { kind: "link", address, parts: parseInline(words) } : null,
  },
  {
    pattern: /^<?(https?:\/\/[^\s<>()]+[^\s<>().,;:!?'"])>?/,
    make: ([, address = ""]) => ({ kind: "link", address, parts: [{ kind: "text", text: address }] }),
  },
];

function parseInline(text: string): Inline[] {
  const parts: Inline[] = [];
  let plain = "";
  const flush = () => {
    if (plain !== "") parts.push({ kind: "text", text: plain });
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const found = /[\\`*_![<h]/.test(text[at] as string) ? markAt(text, at) : null;
    if (found === null) plain += text[at++];
    else {
      at += found.length;
      if (found.inline.kind === "text") plain += found.inline.text;
      else {
        flush();
        parts.push(found.inline);
      }
    }
  }
  flush();
  return parts;
}

function markAt(text: string, at: number): { inline: Inline; length: number } | null {
  // In the middle of a word, as in "daily_weather_summary", an underscore is one.
  if (text[at] === "_" && /\w/.test(text[at - 1] ?? "")) return null;
  const rest = text.slice(at);
  for (const { pattern, make } of marks) {
    const found = pattern.exec(rest);
    const inline = found && make(found);
    if (found && inline) return { inline, length: found[0].length };
  }
  return null;
}

function isOfWeb(address: string): boolean {
  return /^(https?:\/\/|mailto:)/i.test(address);
}
