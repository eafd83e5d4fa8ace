import type { PartitionsDefinition } from "../model/partitionsDefinition.ts";

/** Partitions of an asset's partitions: a contiguous range that one step writes, or what an input reads. */
export interface Slice {
  readonly definition: PartitionsDefinition;
  /** Every key, in order; never empty for an output. */
  readonly keys: readonly string[];
  /** For windows of time, the window of each key: half open, epoch milliseconds; else null. */
  readonly windows: readonly { readonly start: number; readonly end: number }[] | null;
  /** True: these are all that an asset without partitions needs, so nothing has to be left out. */
  readonly isWhole?: boolean;
}
