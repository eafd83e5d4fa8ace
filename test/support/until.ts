/** Waits until it is so; false when it is not within the time. */
export async function until(condition: () => Promise<boolean> | boolean, ms = 30_000): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    if (await condition()) return true;
    await new Promise(resolve => setTimeout(resolve, 15));
  }
  return false;
}
