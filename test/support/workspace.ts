import pg from "pg";
import { readConfiguration } from "../../src/engine/configuration.ts";
import type { Engine, EngineOptions } from "../../src/engine/engine.ts";
import { startEngine } from "../../src/engine/startEngine.ts";
import { openDatabase } from "../../src/store/database.ts";
import { migrate } from "../../src/store/migrate.ts";
import { type CommandResult, type RunningCommand, startCommand } from "./command.ts";
import { createTestDatabase, type TestDatabase } from "./database.ts";
import { type Project, writeProject } from "./project.ts";

/** A workspace on disk with a state database of its own, and the ways to use it. */
export interface TestWorkspace extends Project {
  readonly url: string;
  query<R extends Record<string, unknown> = Record<string, unknown>>(
    sql: string,
    values?: unknown[],
  ): Promise<R[]>;
  /** Runs the real command line to its end. */
  millrace(...args: string[]): Promise<CommandResult>;
  /** Starts the real command line, for tests that interrupt or kill it. */
  start(...args: string[]): RunningCommand;
  /** The same with other variables of the environment. */
  startWith(env: NodeJS.ProcessEnv, ...args: string[]): RunningCommand;
  /** An engine in the test's own process; stopped with the workspace. */
  engine(options?: Partial<EngineOptions>): Promise<Engine>;
}

export async function testWorkspace(
  files: Record<string, string>,
  created: Promise<TestDatabase> = createTestDatabase(),
): Promise<TestWorkspace> {
  const [project, database] = await Promise.all([writeProject(files), created]);
  const engines: Engine[] = [];
  const state = openDatabase(database.url, { name: "test" });
  await migrate(state);
  await state.close();

  return {
    ...project,
    url: database.url,
    async query(sql, values) {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      try {
        return (await client.query(sql, values)).rows;
      } finally {
        await client.end();
      }
    },
    millrace: (...args) => start(args).ended,
    start: (...args) => start(args),
    startWith: (env, ...args) => start(args, env),
    async engine(options = {}) {
      const configuration = await readConfiguration(
        project.root,
        {},
        { MILLRACE_DATABASE_URL: database.url },
      );
      const engine = await startEngine({
        configuration,
        database: openDatabase(database.url, { name: "millrace test" }),
        name: "test",
        ...options,
      });
      engines.push(engine);
      return engine;
    },
    async remove() {
      await Promise.all(engines.map(engine => engine.stop().catch(() => {})));
      await database.drop();
      await project.remove();
    },
  };

  function start(args: string[], env: NodeJS.ProcessEnv = {}): RunningCommand {
    return startCommand(project.root, args, { MILLRACE_DATABASE_URL: database.url, ...env });
  }
}
