import { browserOf } from "../shared/browser.ts";
import { openHost } from "../shared/host.ts";
import { startLineage } from "./lineage.ts";

const { port, memory } = openHost(window);
startLineage(document.body, port, memory, browserOf(window));
