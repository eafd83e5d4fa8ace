import type { ServerResponse } from "node:http";

/** Answers a request that asks over HTTP; nothing of it is to be kept. */
export function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
}
