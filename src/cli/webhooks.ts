import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Engine } from "../engine/engine.ts";
import { answer } from "./answer.ts";

const largestBody = 256 * 1024;

/**
 * Takes a call of a webhook: POST /webhooks/NAME with its token. It is answered when it is written down; the daemon
 * that leads hands it to the sensor, whichever daemon received it.
 */
export async function answerWebhook(
  engine: Pick<Engine, "webhook" | "receiveCall">,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const tell = (status: number, said: Record<string, unknown>) =>
    answer(response, status, "application/json", `${JSON.stringify(said)}\n`);
  try {
    if (request.method !== "POST") return tell(405, { error: "Send POST." });
    const name = nameIn(request.url ?? "");
    const webhook = name === null ? null : await engine.webhook(name);
    if (name === null || webhook === null)
      return tell(404, { error: "There is no such webhook, or it is off." });
    const token = process.env[webhook.tokenEnv];
    if (!token) {
      return tell(503, { error: `The daemon has no variable ${webhook.tokenEnv}, which holds the token.` });
    }
    if (!isSame(request.headers.authorization ?? "", `Bearer ${token}`)) {
      return tell(401, { error: 'Send the header "Authorization: Bearer TOKEN".' });
    }
    const body = await bodyOf(request);
    if (body === null) {
      return tell(413, { error: `The body is larger than ${largestBody / 1024} kB.` });
    }
    const outcome = await engine.receiveCall(name, {
      body,
      contentType: request.headers["content-type"] ?? null,
      idempotencyKey: String(request.headers["idempotency-key"] ?? "").slice(0, 200) || null,
    });
    if (outcome === "too many") {
      response.setHeader("retry-after", "30");
      return tell(429, { error: "Too many calls wait already. Send it again later." });
    }
    tell(202, { received: outcome === "received" });
  } catch {
    // What is wrong inside is nothing for who calls from outside.
    tell(503, { error: "The call could not be written down. Send it again later." });
  }
}

function nameIn(url: string): string | null {
  try {
    return decodeURIComponent(url.split("?")[0]?.slice("/webhooks/".length) ?? "");
  } catch {
    return null;
  }
}

/** Takes as long whatever is wrong. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

/** Null when it is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8").replaceAll("\0", "");
}
