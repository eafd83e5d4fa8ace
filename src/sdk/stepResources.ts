import type { ResourceDefinition } from "./resource.ts";
import type { StepEdge } from "./stepEdge.ts";
import { messageOf } from "./stepErrors.ts";
import type { UserCode } from "./userCode.ts";

/** What resources need of the step or the tick that they are opened for. */
type ResourceEdge = Pick<StepEdge, "signal" | "log" | "openResource">;

/** The resources of one step or one tick: opened in the order in which they are named, closed in the reverse order. */
export class StepResources {
  readonly #edge: ResourceEdge;
  readonly #userCode: UserCode;
  readonly #closings: (() => Promise<void>)[] = [];

  constructor(edge: ResourceEdge, userCode: UserCode) {
    this.#edge = edge;
    this.#userCode = userCode;
  }

  async open(resources: Readonly<Record<string, ResourceDefinition>>): Promise<Record<string, unknown>> {
    const opened = new Map<ResourceDefinition, unknown>();
    for (const [name, resource] of Object.entries(resources)) {
      if (opened.has(resource)) continue;
      const given = this.#edge.openResource?.(resource, name);
      opened.set(resource, given === undefined ? await this.#open(resource) : given.value);
    }
    return Object.fromEntries(
      Object.entries(resources).map(([name, resource]) => [name, opened.get(resource)]),
    );
  }

  /** Never throws: what is published stays published when a client cannot say goodbye. */
  async close(): Promise<void> {
    const closed = this.#closeInTurn();
    if (!this.#userCode.isLeftBehind) await closed;
  }

  async #closeInTurn(): Promise<void> {
    for (const close of this.#closings.reverse()) await close();
  }

  async #open(resource: ResourceDefinition): Promise<unknown> {
    const close = (value: unknown) => this.#close(resource, value);
    const open = () => resource.open({ signal: this.#edge.signal });
    try {
      const value = await this.#userCode.run(open, late => void close(late));
      this.#closings.push(() => close(value));
      return value;
    } catch (error) {
      if (this.#edge.signal.aborted) throw error;
      throw explained(error, `The resource "${resource.name}" could not be opened: ${messageOf(error)}`);
    }
  }

  async #close(resource: ResourceDefinition, value: unknown): Promise<void> {
    try {
      await resource.close(value);
    } catch (error) {
      this.#edge.log.warn(`The resource "${resource.name}" could not be closed: ${messageOf(error)}`);
    }
  }
}

/** The error with more words, and with the stack of the one that was thrown: it leads to the user's line. */
function explained(error: unknown, message: string): Error {
  const explanation = new Error(message, { cause: error });
  const frames =
    error instanceof Error ? (error.stack ?? "").split("\n").filter(it => /^\s+at /.test(it)) : [];
  if (frames.length > 0) explanation.stack = [`Error: ${message}`, ...frames].join("\n");
  return explanation;
}
