import { expect, test } from "vitest";
import { metrics } from "../../src/cli/metrics.ts";

const figures = { openRuns: { queued: 3, running: 1 }, oldestQueuedSeconds: 1.5, engines: 2 };
const loop = { looks: 12, failures: 1, lastMs: 7, presentMs: null, problem: null, failing: [] };
const automation = {
  leads: true,
  loops: [
    { name: "sensors", ...loop },
    { name: 'of a "strange"\\name\nin two lines', ...loop, lastMs: null },
  ],
};

test("what Prometheus reads is in its text format: families with help and type, samples once each", () => {
  for (const text of [metrics(figures, automation), metrics(null, null), metrics(figures, null)]) {
    expect(() => readExposition(text)).not.toThrow();
  }
});

test("it says what waits, what goes on, and how the loops do", () => {
  const families = readExposition(metrics(figures, automation));
  expect(samplesOf(families, "millrace_open_runs")).toEqual({
    "status=queued": 3,
    "status=dispatched": 0,
    "status=running": 1,
    "status=canceling": 0,
  });
  expect(samplesOf(families, "millrace_database_up")).toEqual({ "": 1 });
  expect(samplesOf(families, "millrace_oldest_queued_run_seconds")).toEqual({ "": 1.5 });
  expect(samplesOf(families, "millrace_automation_leads")).toEqual({ "": 1 });
  expect(samplesOf(families, "millrace_automation_looks_total")).toEqual({
    "loop=sensors": 12,
    'loop=of a "strange"\\name\nin two lines': 12,
  });
  expect(samplesOf(families, "millrace_automation_look_seconds")["loop=sensors"]).toBe(0.007);
});

test("without the database it says so, and leaves out what it cannot know", () => {
  const families = readExposition(metrics(null, automation));
  expect(samplesOf(families, "millrace_database_up")).toEqual({ "": 0 });
  expect(families.has("millrace_open_runs")).toBe(false);
  expect(families.has("millrace_automation_leads")).toBe(true);
});

interface Family {
  readonly type: string;
  readonly samples: Map<string, number>;
}

/** Reads the text exposition format 0.0.4 and throws at whatever is not in it. */
function readExposition(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) throw new Error("The last line does not end.");
  const families = new Map<string, Family>();
  let help: string | null = null;
  let present: { name: string; family: Family } | null = null;
  for (const line of text.slice(0, -1).split("\n")) {
    const [, comment, name = "", rest = ""] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/.exec(line) ?? [];
    if (comment === "HELP") {
      if (families.has(name)) throw new Error(`${name} stands in two places.`);
      help = name;
      present = null;
    } else if (comment === "TYPE") {
      if (help !== name) throw new Error(`The type of ${name} does not follow its help.`);
      if (!["counter", "gauge"].includes(rest)) throw new Error(`${rest} is no type.`);
      if ((rest === "counter") !== name.endsWith("_total")) throw new Error(`${name} is a ${rest}.`);
      present = { name, family: { type: rest, samples: new Map() } };
      families.set(name, present.family);
    } else addSample(line, present);
  }
  return families;
}

function addSample(line: string, present: { name: string; family: Family } | null) {
  const [, name, labels = "", value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`This is no sample: ${line}`);
  if (name !== present?.name) throw new Error(`${name} stands outside of its family.`);
  if (Number.isNaN(Number(value))) throw new Error(`${value} is no number.`);
  const said = labelsIn(labels);
  if (present.family.samples.has(said)) throw new Error(`${line} is said twice.`);
  present.family.samples.set(said, Number(value));
}

function labelsIn(text: string): string {
  const pairs = [...text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/g)];
  if (pairs.map(it => it[0]).join("") !== text) throw new Error(`These are no labels: ${text}`);
  const plain = (value: string) => value.replace(/\\(.)/g, (_, it) => (it === "n" ? "\n" : it));
  return pairs.map(([, name, value = ""]) => `${name}=${plain(value)}`).join(",");
}

function samplesOf(families: Map<string, Family>, name: string): Record<string, number> {
  return Object.fromEntries(families.get(name)?.samples ?? []);
}
