import { browserOf } from "../shared/browser.ts";
import { openHost } from "../shared/host.ts";
import { startConditions } from "./conditions.ts";

const { port } = openHost(window);
startConditions(document.body, port, browserOf(window));
