import type { Move } from "./keys.ts";
import type { Lane, TimedRun } from "./lanes.ts";

/** The run to which a key leads from another one, or null when there is none in that direction. */
export function walk(
  lanes: readonly Lane[],
  from: string | null,
  { axis, step, sign }: Move,
): TimedRun | null {
  const at = lanes.findIndex(lane => lane.runs.some(it => it.run.id === from));
  const lane = lanes[at];
  if (!lane) return newestOf(lanes[0]);
  const place = lane.runs.findIndex(it => it.run.id === from);
  const here = lane.runs[place] as TimedRun;
  if (axis === "across") return along(lane, place, step, sign);
  const to = step === "end" ? lanes[sign > 0 ? lanes.length - 1 : 0] : lanes[at + sign];
  return to && to !== lane ? nearestTo(to, here.created) : null;
}

function along({ runs }: Lane, place: number, step: Move["step"], sign: 1 | -1): TimedRun | null {
  if (step === "end") {
    const end = sign > 0 ? runs.length - 1 : 0;
    return end === place ? null : (runs[end] ?? null);
  }
  for (let at = place + sign; at >= 0 && at < runs.length; at += sign) {
    const run = runs[at] as TimedRun;
    if (step === "one" || run.state === "failed") return run;
  }
  return null;
}

/** The run that was asked for at the nearest time; of two, the newer one. */
function nearestTo({ runs }: Lane, instant: number): TimedRun | null {
  let found: TimedRun | null = null;
  for (const run of runs) {
    if (found === null || Math.abs(run.created - instant) <= Math.abs(found.created - instant)) found = run;
  }
  return found;
}

function newestOf(lane: Lane | undefined): TimedRun | null {
  return lane?.runs.at(-1) ?? null;
}
