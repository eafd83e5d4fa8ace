import type { Problem } from "../model/problem.ts";
import type { Reading } from "./readValue.ts";
import { type SdkNames, sdkNameOf } from "./sdkNames.ts";
import type { Call, Expression, Program } from "./syntax.ts";
import { walk } from "./walk.ts";

/** Assets that only exist when code runs: made in a function, a loop or a block. One note for each. */
export function hiddenDefinitions(program: Program, reading: Reading, text: string): Problem[] {
  const { sdk, calls, file, lines } = reading;
  // Walking the whole tree is slow: it is done only where the text has more such calls than were read.
  const read = [...calls.keys()].filter(call => isMaker(sdkNameOf(call.callee as Expression, sdk)));
  if (callsInText(sdk, text) <= read.length) return [];
  const problems: Problem[] = [];
  walk(program.body, node => {
    if (node.type === "CallExpression") note(node as unknown as Call);
    return node;
  });
  return problems;

  function note(call: Call) {
    const name = sdkNameOf(call.callee as Expression, sdk);
    if (!isMaker(name) || calls.has(call)) return;
    const message = `This ${name}(…) is made when code runs, so the scan leaves it out. The loaded definitions will decide.`;
    problems.push({ file, ...lines.position(call.start ?? 0), severity: "info", message });
  }
}

/** At least as many as there are: comments and strings count too. */
function callsInText({ names, namespaces }: SdkNames, text: string): number {
  let count = 0;
  for (const [local, name] of names) if (isMaker(name)) count += callsOf(local);
  for (const local of namespaces) count += callsOf(local);
  return count;

  function callsOf(local: string) {
    let calls = 0;
    for (let at = text.indexOf(local); at >= 0; at = text.indexOf(local, at + local.length)) {
      // The import itself is followed by a comma or a brace.
      if (/[\s(<.?]/.test(text.charAt(at + local.length)) && !/[\w$]/.test(text.charAt(at - 1))) calls++;
    }
    return calls;
  }
}

function isMaker(name: string | null): boolean {
  return name === "asset" || name === "sqlAsset" || name === "commandAsset";
}
