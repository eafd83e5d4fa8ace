import { ConfigurationError } from "../engine/configuration.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { type ConditionSimulation, simulationInWords } from "../model/conditionState.ts";
import type { SimulatedTick } from "../model/simulate.ts";
import { color, printJson, say, table } from "./terminal.ts";
import { type WorkspaceOptions, withEngine } from "./workspace.ts";

interface SimulateOptions extends WorkspaceOptions {
  json?: boolean;
  days?: string;
  conditionFrom?: string;
}

/** Plays the recorded history to the condition of an asset, and counts what it would have launched. */
export async function simulateCondition(asset: string, options: SimulateOptions): Promise<void> {
  const days = Number(options.days ?? 7);
  if (!(days > 0 && days <= 3660)) {
    throw new ConfigurationError(`--days takes a number of days from 1 to 3660; it is "${options.days}".`);
  }
  await withEngine({ ...options, warm: true }, async engine => {
    const file = options.conditionFrom ?? null;
    const simulation = await engine.simulateCondition(asset as AssetKey, { days, file });
    if (options.json) {
      printJson(simulation);
      return;
    }
    for (const line of simulationInLines(simulation, days, file)) say(line);
  });
}

function simulationInLines(simulation: ConditionSimulation, days: number, file: string | null): string[] {
  const { asset, automation, ticks } = simulation;
  const head = color.bold(`${asset}: ${automation}${file === null ? "" : ` (${file})`}`);
  const shown = ticks.slice(-mostShown);
  const left = ticks.length - shown.length;
  return [
    head,
    simulationInWords(simulation, days),
    ...(shown.length > 0 ? ["", table(shown.map(it => tickInCells(it, asset)))] : []),
    ...(left > 0 ? [color.dim(`… and ${left} before; --json prints them`)] : []),
  ];
}

const mostShown = 20;

function tickInCells({ at, requests, repeated }: SimulatedTick, asset: AssetKey): string[] {
  const own = requests.find(it => it.asset === asset);
  const again = repeated > 0 ? `, and ${repeated} times more` : "";
  const keys = own?.partitions ?? [];
  const which = keys.length > 3 ? `${keys[0]} … ${keys.at(-1)} (${keys.length})` : keys.join(", ");
  return [`  ${new Date(at).toISOString().slice(0, 16)}Z`, which, `${own?.reason ?? ""}${again}`];
}
