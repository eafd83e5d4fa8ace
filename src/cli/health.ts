import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Engine } from "../engine/engine.ts";
import { answer } from "./answer.ts";
import { metrics } from "./metrics.ts";
import { answerWebhook } from "./webhooks.ts";

/** `/healthz` for who restarts what is ill, `/metrics` for Prometheus, `/webhooks/NAME` for who has news. */
export async function serveHealth(
  engine: Engine,
  { port, host, broken }: { port: number; host: string; broken: () => readonly string[] },
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const path = request.url?.split("?")[0];
    if (path === "/healthz") void answerHealth(engine, broken(), response);
    else if (path === "/metrics") void answerMetrics(engine, response);
    else if (path?.startsWith("/webhooks/")) void answerWebhook(engine, request, response);
    else answer(response, 404, "text/plain", "Here are /healthz, /metrics and /webhooks/NAME.\n");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${bound}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const patienceMs = 3_000;

/** Ill is an engine that a restart may help; what users have to correct is told beside it. */
async function answerHealth(engine: Engine, broken: readonly string[], response: ServerResponse) {
  const automation = engine.automationState();
  const problems: string[] = [];
  try {
    await withinPatience(engine.figures());
  } catch (error) {
    problems.push(`The database does not answer: ${(error as Error).message}`);
  }
  for (const { name, presentMs } of automation?.loops ?? []) {
    if (presentMs !== null && presentMs > 120_000) problems.push(`The loop "${name}" hangs.`);
  }
  const isIll = problems.length > 0;
  problems.push(...broken, ...(automation?.loops ?? []).flatMap(it => it.failing));
  const body = { status: isIll ? "ill" : "well", leads: automation?.leads ?? false, problems };
  answer(response, isIll ? 503 : 200, "application/json", `${JSON.stringify(body)}\n`);
}

async function answerMetrics(engine: Engine, response: ServerResponse) {
  const figures = await withinPatience(engine.figures()).catch(() => null);
  answer(response, 200, "text/plain; version=0.0.4", metrics(figures, engine.automationState()));
}

function withinPatience<T>(work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`not within ${patienceMs / 1000} s`)), patienceMs).unref();
  });
  return Promise.race([work, late]);
}
