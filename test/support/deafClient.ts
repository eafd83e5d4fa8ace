import type { EngineClient } from "../../src/protocol/engine.ts";

/** A client that hears everything and does nothing about it; a test gives what it wants to hear. */
export const deafClient: EngineClient = {
  runChanged() {},
  logged() {},
  assetStatesChanged() {},
  definitionsChanged() {},
  backfillChanged() {},
  partitionsChanged() {},
  ticksEnded() {},
  automationsChanged() {},
};
