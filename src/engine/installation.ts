import { readFileSync } from "node:fs";

/** Whether this module runs from its TypeScript source or from the bundle in `dist`. */
const fromSource = import.meta.url.endsWith(".ts");

/** The worker's entry: started as a process, never imported. */
export const workerEntry = new URL(fromSource ? "../worker/main.ts" : "./worker.js", import.meta.url);

/** The worker's copy of the SDK, which every asset file is given for "millrace" and "millrace/…". */
export const sdkModules: Readonly<Record<string, string>> = {
  millrace: at("../sdk/index.ts", "./sdk.js"),
  "millrace/postgres": at("../integrations/postgres.ts", "./integrations/postgres.js"),
};

export const version: string = JSON.parse(
  readFileSync(new URL(fromSource ? "../../package.json" : "../package.json", import.meta.url), "utf8"),
).version;

function at(source: string, bundle: string): string {
  return new URL(fromSource ? source : bundle, import.meta.url).href;
}
