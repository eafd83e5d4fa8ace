import { once } from "node:events";
import { finished } from "node:stream/promises";
import { from } from "pg-copy-streams";
import type { AssetKey } from "../../model/assetKey.ts";
import type { StreamingSql } from "../../sdk/ioManager.ts";
import { qualified, quoted, type Relation } from "./relation.ts";

/** Large enough that system calls do not count, small enough that encoding and PostgreSQL work side by side. */
const chunkLength = 32 * 1024;

export interface CopyTarget {
  readonly asset: AssetKey;
  readonly relation: Relation;
  readonly columns: readonly string[];
  /** How many rows of the asset went before, so that errors name the right row. */
  readonly rowsBefore: number;
}

/** One COPY … FROM STDIN: lines go in, at the pace at which PostgreSQL takes them. */
export class CopyIn {
  readonly #target: CopyTarget;
  readonly #stream: ReturnType<typeof from>;
  #lines = "";
  #error: Error | null = null;

  constructor(sql: StreamingSql, target: CopyTarget) {
    const columns = target.columns.map(quoted).join(", ");
    this.#target = target;
    this.#stream = sql.submit(from(`copy ${qualified(target.relation)} (${columns}) from stdin`));
    // Whoever writes next hears of it; without a listener an error in between would end the process.
    this.#stream.on("error", error => {
      this.#error ??= error;
    });
  }

  /** Adds a line; true when it is time to `flush`. */
  add(line: string): boolean {
    this.#lines += line;
    return this.#lines.length >= chunkLength;
  }

  async flush(): Promise<void> {
    const chunk = Buffer.from(this.#lines);
    this.#lines = "";
    try {
      if (this.#error) throw this.#error;
      if (chunk.length > 0 && !this.#stream.write(chunk)) await once(this.#stream, "drain");
    } catch (error) {
      throw copyError(error as Error, this.#target);
    }
  }

  /** Resolves when PostgreSQL has all lines. */
  async finish(): Promise<void> {
    await this.flush();
    try {
      this.#stream.end();
      await finished(this.#stream);
    } catch (error) {
      throw copyError(error as Error, this.#target);
    }
  }

  /** Gives up: PostgreSQL forgets what it was sent by this COPY. */
  fail(reason: unknown): void {
    if (this.#error) return;
    this.#stream.destroy(reason instanceof Error ? reason : new Error(String(reason)));
  }
}

/** PostgreSQL counts lines of one COPY; the user knows rows. */
function copyError(
  error: Error & { where?: string; code?: string; severity?: string },
  { asset, relation, rowsBefore }: CopyTarget,
): Error {
  if (error.severity === undefined || error.code?.startsWith("57P")) {
    return new Error(
      `The connection to PostgreSQL broke while the rows of ${asset} were stored (${error.message}). ` +
        "What was published before is unchanged. Try again.",
      { cause: error },
    );
  }
  const place = error.where?.split(`COPY ${relation.table}, line `)[1];
  if (!place) return error;
  const [, line, column] = /^(\d+)(?:, column (.*?)(?::|$))?/.exec(place) ?? [];
  const row = rowsBefore + Number(line);
  return new Error(`Row ${row} of ${asset}${column ? `, column "${column}"` : ""}: ${error.message}.`, {
    cause: error,
  });
}
