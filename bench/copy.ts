import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import pg from "pg";
import { from } from "pg-copy-streams";
import type { Row } from "../src/sdk/row.ts";
import { createOutputs, type Outputs } from "../test/integrations/outputs.ts";
import { type Figure, fromSamples, type Report } from "./figures/figure.ts";

const rounds = 15;
const rowCount = 100_000;

/** Storing and loading rows of four columns, over the least that does the same in the same round. */
export async function bench(report: Report) {
  const outputs = await createOutputs();
  const client = new pg.Client({ connectionString: outputs.url });
  await client.connect();
  try {
    const { copied, direct, staged } = await storing(outputs, client);
    reportRatio(report, "storing 100,000 rows, direct", 1.2, direct, "raw COPY", copied);
    reportRatio(report, "storing 100,000 rows, staged", 2.5, staged, "raw COPY", copied);

    const { selected, loaded } = await loading(outputs, client);
    reportRatio(report, "loading 100,000 rows", 1.5, loaded, "raw select", selected);

    const few = await heapGrowth(outputs, 100_000);
    const many = await heapGrowth(outputs, 1_000_000);
    report(
      fromSamples([many], 50, {
        figure: "heap growth, 1,000,000 rows streamed in and out",
        unit: "MB",
        budget: 32,
        better: "lower",
        peer: { name: "100,000 rows", value: few },
      }),
    );
  } finally {
    await client.end();
    await outputs.close();
  }
}

function* rowsUpTo(count: number): Generator<Row> {
  for (let n = 0; n < count; n++) {
    yield { id: n, city: `city ${n % 50}`, celsius: Math.sin(n) * 30, at: new Date(1.7e12 + n * 60_000) };
  }
}

/** Each way begins with an empty table, so that deleting is not measured. */
async function storing(outputs: Outputs, client: pg.Client) {
  const rows = [...rowsUpTo(rowCount)];
  const copied: number[] = [];
  const direct: number[] = [];
  const staged: number[] = [];
  await outputs.store("bench/t", rows);
  await client.query("create table raw (like bench.t)");
  for (let round = 0; round < rounds; round++) {
    await client.query("truncate raw");
    copied.push(await timed(() => rawCopy(client, rows)));
    await client.query("truncate bench.t");
    direct.push(await timed(() => outputs.store("bench/t", rows)));
    await client.query("truncate bench.t");
    staged.push(await timed(() => outputs.store("bench/t", rows, { readBeforePublish: true })));
  }
  return { copied, direct, staged };
}

async function loading(outputs: Outputs, client: pg.Client) {
  const selected: number[] = [];
  const loaded: number[] = [];
  for (let round = 0; round < rounds; round++) {
    selected.push(await timed(() => client.query("select * from bench.t")));
    loaded.push(await timed(() => outputs.load("bench/t")));
  }
  return { selected, loaded };
}

/** How much what is alive on the heap grows at the most, in MB, while rows pass through that nobody keeps. */
async function heapGrowth(outputs: Outputs, count: number) {
  const before = heapAlive();
  let peak = before;
  let seen = 0;
  const look = () => {
    if (seen++ % 50_000 === 0) peak = Math.max(peak, heapAlive());
  };
  function* watched() {
    for (const row of rowsUpTo(count)) {
      look();
      yield row;
    }
  }
  await outputs.store("bench/t", watched());
  for await (const _ of await outputs.stream("bench/t")) look();
  if (seen !== 2 * count) throw new Error(`${count} rows went in, ${seen - count} came out.`);
  return Number(((peak - before) / 1e6).toPrecision(3));
}

/** The least that stores these rows: correct for them, and as short as one would write it. */
async function rawCopy(client: pg.Client, rows: readonly Row[]) {
  await client.query("begin");
  const copy = client.query(from("copy raw from stdin"));
  await pipeline(Readable.from(encoded(rows)), copy);
  await client.query("commit");
}

function* encoded(rows: readonly Row[]) {
  let lines = "";
  for (const { id, city, celsius, at } of rows) {
    lines += `${id}\t${escaped(city as string)}\t${celsius}\t${(at as Date).toISOString()}\n`;
    if (lines.length < 65_536) continue;
    yield Buffer.from(lines);
    lines = "";
  }
  yield Buffer.from(lines);
}

function escaped(text: string) {
  return text.replace(/[\\\t\n\r]/g, "\\$&");
}

async function timed(work: () => Promise<unknown>) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function reportRatio(
  report: Report,
  figure: string,
  budget: number,
  ours: readonly number[],
  name: string,
  raw: readonly number[],
) {
  const ratios = ours.map((time, round) => time / (raw[round] as number));
  const peer: Figure["peer"] = { name: `${name}, ms`, value: Math.round(median(raw)) };
  report(fromSamples(ratios, 50, { figure, unit: `× ${name}`, budget, better: "lower", peer }));
}

function median(samples: readonly number[]) {
  return [...samples].sort((a, b) => a - b)[Math.floor(samples.length / 2)] ?? Number.NaN;
}

function heapAlive() {
  collectGarbage();
  return process.memoryUsage().heapUsed + process.memoryUsage().external;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
