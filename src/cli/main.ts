#!/usr/bin/env node
import module from "node:module";

// Who reads may leave before the end, as `head` does; what was asked for is done all the same.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

// Half of a cold start is the compiling of bundles; Node 22 and newer keep what they compiled.
module.enableCompileCache?.();
await import("./program.ts");
