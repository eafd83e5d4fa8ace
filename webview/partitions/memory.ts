import type { AssetKey } from "../../src/model/assetKey.ts";
import type { Span } from "../shared/span.ts";

/** What a picture keeps over a reload: what is looked at, and what is selected in it. */
export interface Remembered {
  readonly alone: AssetKey | null;
  readonly selected: { readonly asset: AssetKey; readonly partitions: string | null } | null;
  readonly spans: Readonly<Record<string, Span>>;
}

/** What an earlier life of this picture wrote, or nothing when it is not in a form we know. */
export function recall(value: unknown): Remembered {
  const { alone, selected, spans } = (value ?? {}) as Record<string, unknown>;
  const { asset, partitions } = (selected ?? {}) as Record<string, unknown>;
  const known = Object.entries((spans ?? {}) as Record<string, Span>).filter(
    ([, it]) => Number.isFinite(it?.from) && Number.isFinite(it?.to) && it.from < it.to,
  );
  return {
    alone: typeof alone === "string" ? (alone as AssetKey) : null,
    selected:
      typeof asset === "string"
        ? { asset: asset as AssetKey, partitions: typeof partitions === "string" ? partitions : null }
        : null,
    spans: Object.fromEntries(known),
  };
}
