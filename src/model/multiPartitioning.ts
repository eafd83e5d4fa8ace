import type { ListedPartitions } from "./listedPartitions.ts";
import { keyDelimiter, type MultiPartitions } from "./partitionsDefinition.ts";
import type { TimeWindows } from "./timeWindows.ts";

/** Every combination of the partitions of several dimensions; the last dimension runs fastest. */
export interface MultiPartitioning {
  readonly kind: "multi";
  readonly definition: MultiPartitions;
  readonly dimensions: readonly ResolvedDimension[];
  /** How many partitions each dimension has. */
  readonly sizes: readonly number[];
  readonly count: number;
  keyAt(index: number): string;
  indexOf(key: string): number | null;
  /** The index in each dimension. */
  placesAt(index: number): readonly number[];
}

export interface ResolvedDimension {
  readonly name: string;
  readonly partitions: TimeWindows | ListedPartitions;
}

export function multiPartitioning(
  definition: MultiPartitions,
  dimensions: readonly ResolvedDimension[],
): MultiPartitioning {
  const sizes = dimensions.map(it => it.partitions.count);

  const placesAt = (index: number): number[] => {
    const places = new Array<number>(sizes.length);
    let rest = index;
    for (let i = sizes.length - 1; i >= 0; i--) {
      const size = sizes[i] as number;
      places[i] = rest % size;
      rest = Math.floor(rest / size);
    }
    return places;
  };
  return {
    kind: "multi",
    definition,
    dimensions,
    sizes,
    count: sizes.reduce((product, size) => product * size, 1),
    placesAt,
    keyAt(index) {
      const places = placesAt(index);
      return dimensions.map((it, i) => it.partitions.keyAt(places[i] as number)).join(keyDelimiter);
    },
    indexOf(key) {
      const parts = key.split(keyDelimiter);
      if (parts.length !== dimensions.length) return null;
      let index = 0;
      for (const [i, { partitions }] of dimensions.entries()) {
        const place = partitions.indexOf(parts[i] as string);
        if (place === null) return null;
        index = index * partitions.count + place;
      }
      return index;
    },
  };
}
