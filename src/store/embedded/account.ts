import { execFile } from "node:child_process";
import { lchown, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/**
 * Who runs the server. PostgreSQL refuses to run as root, so root becomes somebody else:
 * in a namespace, where files of root stay its own, or else as an account of the machine.
 */
export type Account =
  | { readonly kind: "self" }
  | { readonly kind: "namespace"; readonly uid: number; readonly gid: number }
  | { readonly kind: "other"; readonly uid: number; readonly gid: number };

const nobody = { uid: 65534, gid: 65534 };

/** The account that can run a server on this machine; the owner of existing data stays its owner. */
export async function serverAccount(data: string): Promise<Account> {
  if (process.getuid?.() !== 0) return { kind: "self" };
  const owner = await stat(data).catch(() => null);
  if (owner !== null && owner.uid !== 0) return { kind: "other", uid: owner.uid, gid: owner.gid };
  const inside: Account = { kind: "namespace", ...nobody };
  const { command, args } = runAs(inside, "true", []);
  const isAllowed = await promisify(execFile)(command, args).then(
    () => true,
    () => false,
  );
  return isAllowed ? inside : { kind: "other", ...(await unprivilegedAccount()) };
}

/** The command, and the options of `spawn`, that run a program as that account. */
export function runAs(account: Account, command: string, args: readonly string[]) {
  switch (account.kind) {
    case "self":
      return { command, args: [...args], options: {} };
    case "namespace": {
      const mapping = [`--map-user=${account.uid}`, `--map-group=${account.gid}`];
      return { command: "unshare", args: ["--user", ...mapping, command, ...args], options: {} };
    }
    case "other":
      return { command, args: [...args], options: { uid: account.uid, gid: account.gid } };
  }
}

/** Makes a file or folder that root has created the account's own. */
export async function giveTo(account: Account, path: string): Promise<void> {
  if (account.kind === "other") await lchown(path, account.uid, account.gid);
}

/** The same for a folder and all that is in it. */
export async function giveAllTo(account: Account, folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  for (const path of [folder, ...names.map(name => join(folder, name))]) await giveTo(account, path);
}

/** Whether the account can pass through every folder on the way to a path. */
export async function canReach(account: Account, path: string): Promise<boolean> {
  if (account.kind === "self") return true;
  const uid = account.kind === "other" ? account.uid : 0;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => null);
    if (found === null || (found.mode & (found.uid === uid ? 0o100 : 0o001)) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

async function unprivilegedAccount() {
  const text = await readFile("/etc/passwd", "utf8").catch(() => "");
  const accounts = new Map(
    text.split("\n").map(line => {
      const [name, , uid, gid] = line.split(":");
      return [name, { uid: Number(uid), gid: Number(gid) }];
    }),
  );
  return accounts.get("postgres") ?? accounts.get("_postgres") ?? accounts.get("nobody") ?? nobody;
}
