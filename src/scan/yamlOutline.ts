/** One line of a YAML file that says something: `key: value`, or the `-` of a list's item. */
export interface YamlNode {
  /** Null for an item of a list. */
  readonly key: string | null;
  /** A plain or quoted scalar; null where the value is what stands below. */
  readonly value: string | null;
  /** 1-based. */
  readonly line: number;
  readonly children: readonly YamlNode[];
}

/**
 * The block structure of a YAML file as dbt projects are written: mappings, lists and scalars.
 * What is written in flow style beyond a list of scalars, anchors and long texts are passed over. Never throws.
 */
export function yamlOutline(text: string): YamlNode[] {
  const root: Draft = { key: null, value: null, line: 0, indent: -1, children: [] };
  const stack = [root];
  /** Lines of a long text are deeper than the key that begins it. */
  let longTextAt: number | null = null;
  text.split(/\r\n|\n|\r/).forEach((written, index) => {
    const content = written.trimStart();
    if (content === "" || content.startsWith("#") || /^(---|%)/.test(written)) return;
    let indent = written.length - content.length;
    if (longTextAt !== null && indent > longTextAt) return;
    longTextAt = null;
    let rest = content;
    for (let item = dash.exec(rest); item !== null; item = dash.exec(rest)) {
      const node = add({ key: null, value: null, line: index + 1, indent, children: [] });
      indent += item[0].length;
      rest = rest.slice(item[0].length);
      if (rest !== "" && pair.exec(rest) === null && !rest.startsWith("- ")) {
        node.value = scalar(rest);
        return;
      }
    }
    const found = pair.exec(rest);
    if (found === null) return;
    const value = (found[2] ?? "").trim();
    if (/^[|>][-+0-9]*(\s+#.*)?$/.test(value)) longTextAt = indent;
    const node = add({ key: scalar(found[1] ?? ""), value: null, line: index + 1, indent, children: [] });
    const list = /^\[(.*)\]\s*(#.*)?$/.exec(value);
    if (list !== null) for (const item of flowItems(list[1] ?? "")) node.children.push(itemNode(item, node));
    else if (longTextAt === null) node.value = scalar(value);
  });
  return root.children;

  function add(node: Draft): Draft {
    // A list may stand as deep as the key that it belongs to.
    const holds = (top: Draft) =>
      top.indent < node.indent || (top.indent === node.indent && node.key === null && top.key !== null);
    while (stack.length > 1 && !holds(stack.at(-1) as Draft)) stack.pop();
    (stack.at(-1) as Draft).children.push(node);
    stack.push(node);
    return node;
  }
}

/** The value of a key directly below; null when there is none. */
export function yamlText(nodes: readonly YamlNode[], key: string): string | null {
  return nodes.find(it => it.key === key)?.value ?? null;
}

/** What stands below a key. */
export function yamlBelow(nodes: readonly YamlNode[], key: string): readonly YamlNode[] {
  return nodes.find(it => it.key === key)?.children ?? [];
}

/** The scalars of a list: `[a, b]`, `- a`, or one scalar in its place. */
export function yamlTexts(nodes: readonly YamlNode[], key: string): string[] {
  const node = nodes.find(it => it.key === key);
  if (node === undefined) return [];
  return node.value !== null ? [node.value] : node.children.flatMap(it => it.value ?? []);
}

interface Draft extends YamlNode {
  value: string | null;
  readonly indent: number;
  readonly children: Draft[];
}

const dash = /^-(?:\s+|$)/;
const pair = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#'"[\]{},:][^:#]*?)\s*:(?:\s+(.*))?$/;

function itemNode(text: string, { line, indent }: Draft): Draft {
  return { key: null, value: scalar(text), line, indent: indent + 1, children: [] };
}

function flowItems(text: string): string[] {
  return text.match(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?:[^,\s(]|\([^)]*\))(?:[^,(]|\([^)]*\))*/g) ?? [];
}

function scalar(written: string): string | null {
  const text = written.trim();
  const quoted = /^(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)')/.exec(text);
  if (quoted) return quoted[1]?.replace(/\\(.)/g, "$1") ?? quoted[2]?.replaceAll("''", "'") ?? "";
  const bare = text.replace(/(^|\s)#.*$/, "").trim();
  return bare === "" || bare === "null" || bare === "~" ? null : bare;
}
