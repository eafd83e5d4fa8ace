/** A part of an axis: from one value to another. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where a value lies, in pixels from the left end. */
export function pixelAt({ from, to }: Span, width: number, value: number): number {
  return ((value - from) / (to - from)) * width;
}

/** The value at a pixel. */
export function valueAt({ from, to }: Span, width: number, pixel: number): number {
  return from + (pixel / width) * (to - from);
}
