import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../support/until.ts";
import { testWorkspace } from "../support/workspace.ts";
import type { Scenario } from "./scenario.ts";

const timing = { lease: 450, cancelGrace: 200 };
const minute = 60_000;

/** A schedule of every minute, on a clock that now and then is ahead by hours, or behind, and then right again. */
export const jumpingClock: Scenario = {
  fault: "a clock that jumps ahead and back",
  async run({ targets, strikes }) {
    const minutes = Math.ceil(targets / 5);
    const workspace = await testWorkspace({
      "report.ts": `
        import { asset, schedule } from "millrace";
        export const report = asset("report", { materialize: () => [{ id: 1 }] });
        export const minutely = schedule("minutely", { cron: "* * * * *", assets: [report] });`,
    });
    const began = Date.parse("2026-02-01T00:00:30Z");
    let now = began;
    try {
      const engine = await workspace.engine({ automation: true, timing, clock: () => now });
      await engine.definitions();
      await until(async () => (await workspace.query("select from millrace.automation")).length > 0);
      const had = async (at: number) =>
        (
          await workspace.query("select from millrace.run_key where key = $1", [
            new Date(Math.floor(at / minute) * minute).toISOString(),
          ])
        ).length > 0;
      let struck = 0;
      for (let passed = 1; passed <= minutes; passed++) {
        now = began + passed * minute;
        await until(() => had(now), 10_000);
        if (passed % Math.ceil(minutes / strikes) !== 0) continue;
        const right = now;
        now += (struck % 2 === 0 ? 1 : -0.2) * Math.ceil(Math.random() * 300) * minute;
        await sleep(timing.lease);
        now = right;
        await sleep(timing.lease);
        struck++;
      }
      const [counts] = await workspace.query<{ runs: number; keys: number; made: number }>(
        `select (select count(*)::int from millrace.run) as runs, (select count(*)::int from millrace.run_key) as keys,
                (select count(*)::int from millrace.run_key
                 where key::timestamptz > to_timestamp($1 / 1000.0) and key::timestamptz <= to_timestamp($2 / 1000.0)) as made`,
        [began, began + minutes * minute],
      );
      const { runs = 0, keys = 0, made = 0 } = counts ?? {};
      return { wanted: minutes, made, twice: runs - keys, strikes: struck, faults: [] };
    } finally {
      await workspace.remove();
    }
  },
};
