import { ConfigurationError } from "../engine/configuration.ts";
import { connectionUrl, databaseStatus, migrateState, stopState } from "../engine/stateDatabase.ts";
import type { DatabaseStatus } from "../protocol/engine.ts";
import { color, printJson, say } from "./terminal.ts";
import { configurationOf, type WorkspaceOptions } from "./workspace.ts";

export type DatabaseAction = "start" | "stop" | "status" | "url" | "migrate";

export async function db(
  action: DatabaseAction,
  options: WorkspaceOptions & { json?: boolean },
): Promise<void> {
  const configuration = await configurationOf(options);
  switch (action) {
    case "start":
      if (configuration.databaseUrl.value !== null) {
        throw new ConfigurationError(
          `The database comes from ${configuration.databaseUrl.source}; Millrace starts only its embedded one.`,
        );
      }
      await migrateState(configuration);
      return report(await databaseStatus(configuration), options);
    case "stop": {
      const { stopped, usedBy } = await stopState(configuration);
      if (options.json) printJson({ stopped, usedBy });
      else {
        say(stopped ? "The embedded database is stopped." : "The embedded database was not running.");
        for (const { name, pid } of usedBy) say(`  The ${name} ${pid} waits until it is started again.`);
      }
      return;
    }
    case "status": {
      const status = await databaseStatus(configuration);
      report(status, options);
      if (status.problem) process.exitCode = 1;
      return;
    }
    case "url": {
      const url = await connectionUrl(configuration);
      if (options.json) printJson({ url });
      else say(url);
      return;
    }
    case "migrate": {
      const { applied } = await migrateState(configuration);
      if (options.json) printJson({ applied });
      else
        say(applied.length > 0 ? `Applied ${applied.join(", ")}.` : "The state is of this version already.");
    }
  }
}

const stateWords: Record<DatabaseStatus["state"], string> = {
  running: "is running",
  stopped: "is stopped, and starts by itself when it is needed",
  unreachable: "does not answer",
};

function report(status: DatabaseStatus, { json }: { json?: boolean }): void {
  if (json) {
    printJson(status);
    return;
  }
  const mark =
    status.state === "running" && !status.problem
      ? color.green("✓")
      : status.problem
        ? color.red("✗")
        : color.dim("○");
  const isEmbedded = status.kind === "embedded";
  const version = status.version ? `, ${status.version},` : "";
  say(`${mark} The ${isEmbedded ? "embedded database" : "database"}${version} ${stateWords[status.state]}.`);
  if (status.url) say(`  ${status.url}`);
  say(
    color.dim(isEmbedded ? "  used because no other one is configured" : `  configured by ${status.source}`),
  );
  if (status.problem) process.stderr.write(`  ${status.problem}\n`);
}
