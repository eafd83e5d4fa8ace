import { browserOf } from "../shared/browser.ts";
import { openHost } from "../shared/host.ts";
import { startRows } from "./rows.ts";

const { port, memory } = openHost(window);
startRows(document.body, port, memory, browserOf(window));
