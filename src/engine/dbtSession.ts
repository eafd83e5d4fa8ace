import type { Dbt, DbtPlace } from "../dbt/dbt.ts";
import { openDbt } from "../dbt/openDbt.ts";
import type { RunError } from "../model/run.ts";
import type { DbtUnreadable } from "../protocol/dbt.ts";
import type { DbtProject } from "../scan/dbtProject.ts";
import { type Configuration, ConfigurationError } from "./configuration.ts";
import { placeOf, profileOf, searchDbt } from "./dbtHome.ts";
import { keepManifest } from "./keepManifest.ts";

/** The user's dbt as one engine uses it: found when it is first needed, and kept warm. */
export interface DbtSession {
  /** Rejects with what is wrong and what to do about it when there is no dbt. */
  open(project: DbtProject): Promise<{ dbt: Dbt; place: DbtPlace }>;
  /** Lets dbt read the project, so that its manifest tells of the present files. */
  parse(project: DbtProject): Promise<void>;
  /** Starts what is slow while something else goes on; trouble is told by who then needs it. */
  warmUp(project: DbtProject): void;
  stop(): Promise<void>;
}

export function createDbtSession(configuration: Configuration, databaseUrl: string): DbtSession {
  let opened: Promise<Dbt> | null = null;
  let isStopped = false;

  return {
    open,
    async parse(project) {
      const { dbt, place } = await open(project);
      const error = await dbt.parse(place, project.manifest);
      if (error === null) {
        if (configuration.dbt.value.variantManifest === null)
          await keepManifest(configuration.root, project.manifest);
        return;
      }
      const where = error.file === null ? "" : `${error.file}:${error.line}: `;
      throw new UnreadableProject(`dbt cannot read its project. ${where}${error.message}`, error);
    },
    warmUp(project) {
      open(project)
        .then(({ dbt, place }) => dbt.warmUp(place))
        .catch(() => {});
    },
    async stop() {
      isStopped = true;
      const dbt = await opened?.catch(() => null);
      await dbt?.stop();
    },
  };

  async function open(project: DbtProject) {
    if (isStopped) throw new Error("The engine has stopped.");
    opened ??= find(project).catch(error => {
      opened = null;
      throw error;
    });
    const [dbt, profile] = await Promise.all([opened, profileOf(configuration, project, databaseUrl)]);
    return { dbt, place: placeOf(configuration, project, profile) };
  }

  async function find(project: DbtProject): Promise<Dbt> {
    const { found, trouble } = await searchDbt(configuration, project);
    if (found !== null) return openDbt(found);
    throw new ConfigurationError(`${trouble?.problem ?? "There is no dbt."} ${trouble?.advice ?? ""}`.trim());
  }
}

/** dbt cannot read the project of the user, who finds out where. */
export class UnreadableProject extends ConfigurationError {
  readonly data: DbtUnreadable;

  constructor(message: string, dbtError: RunError) {
    super(message);
    this.data = { dbtError };
  }
}
