/** How many positions from 0 on pass a test that, once failed, is failed by all that follow; found by halving. */
export function countWhile(length: number, passes: (at: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (passes(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
