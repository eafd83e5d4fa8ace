import { browserOf } from "../shared/browser.ts";
import { openHost } from "../shared/host.ts";
import { startPartitions } from "./partitions.ts";

const { port, memory } = openHost(window);
startPartitions(document.body, port, memory, browserOf(window));
