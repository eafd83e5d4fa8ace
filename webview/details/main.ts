import { browserOf } from "../shared/browser.ts";
import { openHost } from "../shared/host.ts";
import { startDetails } from "./details.ts";

const { port, memory } = openHost(window);
startDetails(document.body, port, memory, browserOf(window));
