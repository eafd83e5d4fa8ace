import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { findCluster } from "../../src/store/embedded/cluster.ts";
import { startEmbedded, stopEmbedded } from "../../src/store/embedded/embedded.ts";

/** A PostgreSQL that listens on the wires of this machine too, for hosts of a test network. */
export async function startNetworkDatabase(address: string): Promise<{
  /** As the hosts reach it. */
  readonly url: string;
  /** As this machine does. */
  readonly localUrl: string;
  stop(): Promise<void>;
}> {
  const directory = await mkdtemp(join(tmpdir(), "millrace-network-"));
  const { url: localUrl } = await startEmbedded({
    directory,
    settings: { listen_addresses: `127.0.0.1, ${address}`, fsync: "off" },
  });
  const { data } = await findCluster(directory);
  const subnet = address.replace(/\.\d+$/, ".0/24");
  await appendFile(join(data, "pg_hba.conf"), `\nhost all all ${subnet} scram-sha-256\n`);
  const client = new pg.Client({ connectionString: localUrl });
  await client.connect();
  await client.query("select pg_reload_conf()");
  await client.end();
  const url = new URL(localUrl);
  url.hostname = address;
  return {
    url: url.href,
    localUrl,
    async stop() {
      await stopEmbedded(directory);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
