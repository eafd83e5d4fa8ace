import { browserOf } from "../shared/browser.ts";
import { openHost } from "../shared/host.ts";
import { startRuns } from "./runs.ts";

const { port, memory } = openHost(window);
startRuns(document.body, port, memory, browserOf(window));
