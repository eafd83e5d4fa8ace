import { readdir, readFile } from "node:fs/promises";

/** Megabytes of memory (PSS) of a process; what it shares with others counts by their number. */
export async function memoryOf(pid: number): Promise<number> {
  const smaps = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  return Number(/^Pss:\s+(\d+)/m.exec(smaps)?.[1] ?? 0) / 1024;
}

/** Megabytes of a process and of everything below it. */
export async function memoryBelow(pid: number): Promise<number> {
  const below = await Promise.all((await childrenOf(pid)).map(memoryBelow));
  return below.reduce((sum, it) => sum + it, await memoryOf(pid));
}

/** The time that a process and everything below it had a processor. */
export async function processorSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const [, , , , , , , , , , , user = "0", system = "0"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const below = await Promise.all((await childrenOf(pid)).map(processorSeconds));
  return below.reduce((sum, it) => sum + it, (Number(user) + Number(system)) / 100);
}

/** The processes that a process has started and that still run. */
export async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const children = await Promise.all(
    threads.map(thread => readFile(`/proc/${pid}/task/${thread}/children`, "utf8").catch(() => "")),
  );
  return children.join(" ").split(/\s+/).filter(Boolean).map(Number);
}
