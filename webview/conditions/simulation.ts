import { scaleLinear } from "d3-scale";
import type { Selection } from "d3-selection";
import { type ConditionSimulation, simulationInWords } from "../../src/model/conditionState.ts";

export interface Simulated {
  readonly days: number;
  readonly simulation: ConditionSimulation | null;
  readonly fault: string | null;
}

/** Draws what the rule would have launched in a time, and below it what was: a line of marks each. */
export function drawSimulation(
  section: Selection<HTMLElement, unknown, null, undefined>,
  simulated: Simulated | null,
  width: number,
): void {
  section.attr("hidden", simulated === null ? "" : null);
  if (simulated === null) return;
  const { days, simulation, fault } = simulated;
  one(section, "h2").text("What if");
  const rule = simulation?.isUnsaved ? `This rule as it is typed, ${simulation.automation},` : "This rule";
  one(section, "p").text(
    simulation ? `${rule} ${simulationInWords(simulation, days)}.` : (fault ?? "Asking the engine …"),
  );
  section
    .selectAll<HTMLElement, string>("div.untold")
    .data(simulation !== null && fault !== null ? [fault] : [])
    .join(enter => enter.insert("div", "svg"))
    .attr("class", "untold")
    .attr("role", "status")
    .text(it => `What is typed now cannot be played: ${it}`);
  const lanes = simulation ? lanesOf(simulation) : [];
  const x = scaleLinear()
    .domain(simulation ? [Date.parse(simulation.from), Date.parse(simulation.to)] : [0, 1])
    .range([labelWidth, width - 8]);
  const picture = section
    .selectAll<SVGSVGElement, null>("svg")
    .data(simulation ? [null] : [])
    .join("svg")
    .attr("class", "launches")
    .attr("role", "img")
    .attr("aria-label", lanes.map(it => `${it.name}: ${it.at.length}`).join(", "))
    .attr("width", width)
    .attr("height", laneHeight * lanes.length);
  const groups = picture
    .selectAll<SVGGElement, Lane>("g")
    .data(lanes)
    .join(enter => {
      const lane = enter.append("g");
      lane.append("text").attr("y", laneHeight / 2 + 4);
      lane.append("path").attr("class", "line");
      return lane;
    })
    .attr("class", it => `lane ${it.kind}`)
    .attr("transform", (_, at) => `translate(0,${at * laneHeight})`);
  groups.select("text").text(it => it.name);
  groups.select("path.line").attr("d", `M${labelWidth},${laneHeight - 5}H${width - 8}`);
  groups
    .selectAll<SVGRectElement, number>("rect")
    .data(it => it.at)
    .join("rect")
    .attr("x", it => x(it) - 1)
    .attr("y", 5)
    .attr("width", 2)
    .attr("height", laneHeight - 10);
}

interface Lane {
  readonly name: string;
  readonly kind: "would" | "did";
  readonly at: readonly number[];
}

const labelWidth = 96;
const laneHeight = 26;

function lanesOf({ ticks, launchedAt, isUnsaved }: ConditionSimulation): Lane[] {
  return [
    { name: isUnsaved ? "as typed" : "this rule", kind: "would", at: ticks.map(it => it.at) },
    { name: "launched", kind: "did", at: launchedAt.map(it => Date.parse(it)) },
  ];
}

function one(section: Selection<HTMLElement, unknown, null, undefined>, tag: "h2" | "p") {
  return section.selectAll<HTMLElement, null>(tag).data([null]).join(tag);
}
