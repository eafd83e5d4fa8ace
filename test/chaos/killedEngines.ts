import { setTimeout as sleep } from "node:timers/promises";
import { startEngineProcess } from "../support/engineProcess.ts";
import { testWorkspace } from "../support/workspace.ts";
import { accountOfDays, dailyFiles, daysFromStart } from "./dailyWork.ts";
import type { Scenario } from "./scenario.ts";

const timing = { lease: 1_000, cancelGrace: 500 };

/** The engine that drives a backfill dies again and again, and so does the worker process of the other one. */
export const killedEngines: Scenario = {
  fault: "kill -9 of engines and of their workers",
  async run({ targets, strikes }) {
    const workspace = await testWorkspace(dailyFiles);
    try {
      const survivor = await workspace.engine({ timing, name: "survivor" });
      let victim = await startEngineProcess(workspace, { timing });
      const ended = survivor.definitions().then(async () => {
        return survivor.waitForBackfill(await launched);
      });
      const launched = victim.launch(daysFromStart(targets));
      let isOver = false;
      void ended.finally(() => {
        isOver = true;
      });
      let struck = 0;
      for (; struck < strikes && !isOver; struck++) {
        await sleep(200 + 800 * Math.random());
        if (struck % 3 === 2) victim.signalWorker("SIGKILL");
        else {
          victim.kill();
          victim = await startEngineProcess(workspace, { timing });
        }
      }
      await ended;
      victim.kill();
      return { ...(await accountOfDays(workspace.url, targets)), strikes: struck };
    } finally {
      await workspace.remove();
    }
  },
};
