import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";

/** Some hosts on one wire, each with an address of its own: network namespaces of this machine. */
export interface TestNetwork {
  /** Of this machine, as the hosts reach it. */
  readonly address: string;
  host(): Promise<NetworkHost>;
  /** After every process in it has ended. */
  remove(): Promise<void>;
}

export interface NetworkHost {
  readonly address: string;
  /** How a program is started on this host. */
  program(command: string, args: readonly string[]): { command: string; args: string[] };
  /** Pulls the plug: what is sent gets lost, and no connection is told. */
  cut(): Promise<void>;
  mend(): Promise<void>;
}

/** Whether this machine lets us make network namespaces: as root on Linux, mostly. */
export function canMakeNetworks(): boolean {
  try {
    execFileSync("unshare", ["--net", "ip", "link", "show"], { stdio: "ignore" });
    execFileSync("ip", ["netns", "list"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

export async function createNetwork(): Promise<TestNetwork> {
  // Names of devices have 15 signs at most; the subnet is one that nobody routes.
  const id = `${(process.pid % 0xffff).toString(16)}${networks++}`;
  const bridge = `mr${id}`;
  const subnet = `10.213.${process.pid % 250}`;
  const hosts: string[] = [];
  const wires: string[] = [];
  await ip("link", "add", bridge, "type", "bridge");
  await ip("addr", "add", `${subnet}.1/24`, "dev", bridge);
  await ip("link", "set", bridge, "up");
  return {
    address: `${subnet}.1`,
    async host() {
      const number = hosts.length + 2;
      const [name, wire, address] = [`${bridge}-${number}`, `${bridge}w${number}`, `${subnet}.${number}`];
      await ip("netns", "add", name);
      hosts.push(name);
      await ip("link", "add", wire, "type", "veth", "peer", "name", "eth0", "netns", name);
      wires.push(wire);
      await ip("link", "set", wire, "master", bridge, "up");
      await ip("-n", name, "addr", "add", `${address}/24`, "dev", "eth0");
      await ip("-n", name, "link", "set", "eth0", "up");
      await ip("-n", name, "link", "set", "lo", "up");
      return {
        address,
        program: (command, args) => ({ command: "ip", args: ["netns", "exec", name, command, ...args] }),
        cut: () => ip("link", "set", wire, "down"),
        mend: () => ip("link", "set", wire, "up"),
      };
    },
    async remove() {
      for (const wire of wires) await ip("link", "del", wire);
      for (const name of hosts) await ip("netns", "del", name);
      await ip("link", "del", bridge);
    },
  };
}

let networks = 0;

async function ip(...args: string[]): Promise<void> {
  await promisify(execFile)("ip", args);
}
