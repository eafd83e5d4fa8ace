/** Where each value's key stands in a JSON text that can be parsed, by its path: "limits.runs". 1-based. */
export function jsonPlaces(text: string): Map<string, { line: number; column: number }> {
  const places = new Map<string, { line: number; column: number }>();
  const path: string[] = [];
  let [line, lineStart] = [1, 0];
  for (const { 0: token, 1: name, index } of text.matchAll(tokens)) {
    if (token === "\n") [line, lineStart] = [line + 1, index + 1];
    else if (name !== undefined) {
      path[path.length - 1] = JSON.parse(name);
      places.set(path.join("."), { line, column: index - lineStart + 1 });
    } else if (token === "{" || token === "[") path.push("");
    else if (token === "}" || token === "]") path.pop();
  }
  return places;
}

/** A key with its colon, any other string, an end of line, a bracket. */
const tokens = /("(?:[^"\\]|\\.)*")(?=\s*:)|"(?:[^"\\]|\\.)*"|[\n{}[\]]/g;
