/**
 * Answers whether a path relative to the root is meant by one of the patterns of `millrace.json`:
 * `assets` (a folder and all in it), `assets/*.ts`, `src/**\/assets.{ts,js}`, and `!…` to leave out.
 */
export function filePatterns(patterns: readonly string[]): (file: string) => boolean {
  const tidy = patterns.map(it => it.trim().replaceAll("\\", "/"));
  const wanted = tidy.filter(it => !it.startsWith("!")).map(expressionOf);
  const unwanted = tidy.filter(it => it.startsWith("!")).map(it => expressionOf(it.slice(1)));
  return file =>
    (wanted.length === 0 || wanted.some(it => it.test(file))) && !unwanted.some(it => it.test(file));
}

function expressionOf(pattern: string): RegExp {
  const bare = pattern.replace(/^(\.?\/)+/, "").replace(/\/+$/, "");
  if (bare === "" || bare === ".") return /^/;
  let braces = 0;
  const source = bare.replace(token, found => {
    switch (found) {
      case "**/":
        return "(?:[^/]+/)*";
      case "**":
        return ".*";
      case "*":
        return "[^/]*";
      case "?":
        return "[^/]";
      case "{":
        braces++;
        return "(?:";
      case "}":
        return braces-- > 0 ? ")" : "\\}";
      case ",":
        return braces > 0 ? "|" : ",";
      default:
        return `\\${found}`;
    }
  });
  const closed = source + ")".repeat(Math.max(0, braces));
  return new RegExp(`^(?:${closed})(?:/.*)?$`, "u");
}

const token = /\*\*\/|\*\*|\*|[?{},]|[\\^$.|+()[\]]/g;
