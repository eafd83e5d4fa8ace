import { isAbsolute, relative } from "node:path";

/**
 * Which of several roots that declare an asset of this name is meant: one in the folder whose launch.json names it,
 * and of those the one that somebody looks at. Undefined when that does not tell.
 */
export function rootOfLaunch<R extends { readonly path: string }>(
  candidates: readonly R[],
  folder: string | undefined,
  active: R | undefined,
): R | undefined {
  const inside = candidates.filter(it => folder !== undefined && isWithin(it.path, folder));
  const meant = inside.length > 0 ? inside : candidates;
  if (active && meant.includes(active)) return active;
  return meant.length === 1 ? meant[0] : undefined;
}

function isWithin(path: string, folder: string): boolean {
  const below = relative(folder, path);
  return below === "" || (!below.startsWith("..") && !isAbsolute(below));
}
