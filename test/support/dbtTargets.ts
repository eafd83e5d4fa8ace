/** A profiles.yml as people write it, for a project "shop": each target a schema of the database, the first one usual. */
export function profilesOf(databaseUrl: string, targets: readonly string[]): string {
  const url = new URL(databaseUrl);
  const outputs = targets.flatMap(name => [
    `    ${name}:`,
    "      type: postgres",
    `      host: ${url.hostname}`,
    `      port: ${url.port}`,
    `      user: ${url.username}`,
    `      password: "${decodeURIComponent(url.password)}"`,
    `      dbname: ${url.pathname.slice(1)}`,
    `      schema: ${name}`,
    "      threads: 2",
  ]);
  return ["shop:", `  target: ${targets[0]}`, "  outputs:", ...outputs, ""].join("\n");
}
