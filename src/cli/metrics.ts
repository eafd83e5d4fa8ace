import type { AutomationState } from "../engine/automation/automation.ts";
import type { StateFigures } from "../model/stateFigures.ts";

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

/** What Prometheus reads; without figures the database did not answer. */
export function metrics(figures: StateFigures | null, automation: AutomationState | null): string {
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  const lines = [
    gauge("millrace_database_up", "Whether the state database answers.", [[{}, figures ? 1 : 0]]),
    gauge("process_resident_memory_bytes", "Memory of the engine's own process.", [[{}, memory.rss]]),
    counter("process_cpu_seconds_total", "Time on the processor.", [[{}, (cpu.user + cpu.system) / 1e6]]),
  ];
  if (figures) {
    const statuses = ["queued", "dispatched", "running", "canceling"] as const;
    lines.push(
      gauge(
        "millrace_open_runs",
        "Runs that have not ended, of this environment.",
        statuses.map(status => [{ status }, figures.openRuns[status] ?? 0]),
      ),
      gauge("millrace_oldest_queued_run_seconds", "How long the oldest queued run waits.", [
        [{}, figures.oldestQueuedSeconds],
      ]),
      gauge("millrace_engines", "Engines that answered within the last minute.", [[{}, figures.engines]]),
    );
  }
  if (automation) {
    const each = (value: (loop: AutomationState["loops"][number]) => number): Sample[] =>
      automation.loops.map(loop => [{ loop: loop.name }, value(loop)]);
    lines.push(
      gauge("millrace_automation_leads", "Whether this daemon evaluates the automations.", [
        [{}, automation.leads ? 1 : 0],
      ]),
      counter(
        "millrace_automation_looks_total",
        "Looks of each loop.",
        each(it => it.looks),
      ),
      counter(
        "millrace_automation_failures_total",
        "Looks and ticks that failed.",
        each(it => it.failures),
      ),
      gauge(
        "millrace_automation_look_seconds",
        "How long the last look took.",
        each(it => (it.lastMs ?? 0) / 1000),
      ),
    );
  }
  return lines.join("");
}

function gauge(name: string, help: string, samples: readonly Sample[]): string {
  return family(name, "gauge", help, samples);
}

function counter(name: string, help: string, samples: readonly Sample[]): string {
  return family(name, "counter", help, samples);
}

function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => `${name}${labelsInText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function labelsInText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"]/g, found => `\\${found}`).replaceAll("\n", "\\n")}"`,
  );
  return pairs.length > 0 ? `{${pairs.join(",")}}` : "";
}
