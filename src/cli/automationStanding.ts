import { ConfigurationError } from "../engine/configuration.ts";
import type { Engine } from "../engine/engine.ts";
import { brokenFiles } from "../engine/planRequest.ts";
import type { AutomationSummary } from "../model/automationState.ts";
import { shellWord } from "../model/shellWord.ts";
import { didYouMean } from "../model/suggest.ts";
import { localTime, tickInLines } from "./automations.ts";
import { color, printJson, say } from "./terminal.ts";

/** The sensor or schedule that is called so, or "sensor:NAME"; null: an asset is. */
export async function evaluatedCalled(engine: Engine, written: string): Promise<AutomationSummary | null> {
  const [graph, all] = await Promise.all([engine.definitions(), engine.automations()]);
  const keys = graph.assets.map(it => it.key as string);
  if (keys.includes(written)) return null;
  const evaluated = all.filter(it => it.kind !== "condition");
  const found = evaluated.find(it => it.name === written || `${it.kind}:${it.name}` === written);
  if (found) return found;
  const meant = didYouMean(written, [...keys, ...evaluated.map(it => it.name)]);
  throw new ConfigurationError(
    [...brokenFiles(graph), `There is no asset, sensor or schedule "${written}".${meant}`].join("\n"),
  );
}

/** What a sensor or a schedule requests, only its function knows: here is how it does, and what it came to. */
export async function whyEvaluated(
  engine: Engine,
  it: AutomationSummary,
  { at, json }: { at?: string; json?: boolean },
): Promise<void> {
  const called = shellWord(it.name);
  if (at !== undefined) {
    throw new ConfigurationError(
      `--at is for the condition of an asset. What the ${it.kind} came to: millrace automation ticks ${called}.`,
    );
  }
  const [ticks, { leader }] = await Promise.all([engine.ticks(it, 5), engine.daemonStatus()]);
  if (json) {
    printJson({ ...it, ticks, isEvaluated: leader !== null && it.isOn });
    return;
  }
  const by = it.switched === null ? "" : " by hand";
  const next = it.nextTickAt === null ? "" : `, next tick ${localTime(it.nextTickAt)}`;
  say(color.bold(`${it.name}: ${it.kind}, ${it.when}`));
  say(it.isOn ? `on${by}${next}` : `off${by}. Switch it on: millrace automation on ${called}.`);
  if (it.isOn && leader === null) say("No daemon evaluates it now. Start one: millrace daemon.");
  say("");
  if (ticks.length === 0) say("It was not evaluated yet.");
  for (const tick of ticks) for (const line of tickInLines(tick, Date.now())) say(line);
  say("");
  say(color.dim(`What it would request now, without requesting it: millrace automation test ${called}.`));
}
