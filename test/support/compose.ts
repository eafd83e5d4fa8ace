import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** A service of docker-compose.yml, as Docker would start it. */
export interface ComposeService {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly stop_signal?: NodeJS.Signals;
  readonly stop_grace_period?: string;
  readonly ports?: readonly string[];
  readonly image?: string;
  readonly volumes?: readonly string[];
}

/** docker-compose.yml with its anchors merged and its variables filled in. */
export function readCompose(env: Readonly<Record<string, string>> = {}): {
  readonly document: Readonly<Record<string, unknown>>;
  readonly services: Readonly<Record<string, ComposeService>>;
} {
  const document = parse(interpolate(readFileSync("docker-compose.yml", "utf8"), env), { merge: true });
  return { document, services: document.services };
}

/** `$$` is a dollar, `${NAME:-default}` a variable or its default, which may hold variables again. */
function interpolate(text: string, env: Readonly<Record<string, string>>): string {
  const innermost = /(?<!\$)\$\{(\w+)(?::-([^${}]*))?\}/g;
  let filled = text;
  while (innermost.test(filled)) {
    filled = filled.replace(innermost, (_, name: string, otherwise = "") => env[name] || otherwise);
  }
  return filled.replaceAll("$$", "$");
}
