import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Cluster } from "./cluster.ts";

/** A password nobody has to type; safe in a URL as it is. */
export function newPassword(): string {
  return randomBytes(24).toString("base64url");
}

/** How clients reach the server of a cluster, with the password from its file. */
export async function addressOf(cluster: Cluster, port: number, database = "millrace"): Promise<string> {
  const password = await readFile(cluster.passwordFile, "utf8").catch(cause => {
    throw new Error(
      `The password of the embedded database cannot be read from ${cluster.passwordFile}. ` +
        `Restore that file, or move ${cluster.folder} away to begin with an empty database.`,
      { cause },
    );
  });
  return urlOf(port, password, database);
}

/** The address in one line. An environment that asks for TLS elsewhere must not do so here. */
export function urlOf(port: number, password: string, database: string): string {
  return `postgres://millrace:${password}@127.0.0.1:${port}/${database}?sslmode=disable`;
}

/** The same address without its password, fit for a log or a screen. */
export function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return "(an address that is not a URL)";
  const address = new URL(url);
  address.password = "";
  address.searchParams.delete("password");
  return address.href;
}
