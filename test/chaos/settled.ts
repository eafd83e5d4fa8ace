import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until so much is made. It is patient as long as there is progress, for a busy machine is slow and loses
 * nothing by that; false when nothing more was made for a minute.
 */
export async function settled(
  made: () => Promise<number>,
  wanted: number,
  restMs = 60_000,
): Promise<boolean> {
  let most = -1;
  for (let since = Date.now(); Date.now() - since < restMs; await sleep(100)) {
    const count = await made();
    if (count === wanted) return true;
    if (count > most) {
      most = count;
      since = Date.now();
    }
  }
  return false;
}
