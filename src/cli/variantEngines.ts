import { nameOf } from "../engine/dbtVariant.ts";
import type { Engine } from "../engine/engine.ts";
import type { DbtRunOptions, DbtVariant } from "../model/dbtNode.ts";

/** Something that was asked for, and may have named another target or other variables of dbt. */
export interface AskedOfDbt {
  readonly environment: string;
  readonly dbt?: DbtRunOptions;
}

/** Engines beside the one of an editor, each for what another target or other variables of dbt make. */
export interface VariantEngines {
  /** Works with the engine that can go on with what was asked; it stays until `ended` resolves. */
  use<T>(
    asked: AskedOfDbt | null,
    work: (engine: Engine) => Promise<T>,
    ended: (engine: Engine, result: T) => Promise<unknown>,
  ): Promise<T>;
  stop(): Promise<void>;
}

/** `usual` is the engine for all that names nothing; `start` begins another one. */
export function createVariantEngines(
  usual: () => Promise<Engine>,
  start: (variant: DbtVariant, environment: string) => Promise<Engine>,
): VariantEngines {
  const open = new Map<string, { engine: Promise<Engine>; users: number }>();
  return {
    async use(asked, work, ended) {
      const { target, vars } = asked?.dbt ?? {};
      if (asked === null || (target === undefined && vars === undefined)) return work(await usual());
      const variant: DbtVariant = { ...(target === undefined ? {} : { target }), ...(vars ? { vars } : {}) };
      const name = `${nameOf(variant)} ${asked.environment}`;
      const used = open.get(name) ?? { engine: start(variant, asked.environment), users: 0 };
      open.set(name, used);
      used.users++;
      try {
        const engine = await used.engine;
        const result = await work(engine);
        void ended(engine, result)
          .catch(() => {})
          .finally(() => leave(name));
        return result;
      } catch (error) {
        leave(name);
        throw error;
      }
    },
    async stop() {
      const all = [...open.values()];
      open.clear();
      await Promise.all(all.map(async ({ engine }) => (await engine.catch(() => null))?.stop()));
    },
  };

  function leave(name: string) {
    const used = open.get(name);
    if (used === undefined || --used.users > 0) return;
    open.delete(name);
    void used.engine.then(it => it.stop()).catch(() => {});
  }
}
