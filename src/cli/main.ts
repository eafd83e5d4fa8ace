#!/usr/bin/env node
import module from "node:module";

// Half of a cold start is the compiling of bundles; Node 22 and newer keep what they compiled.
module.enableCompileCache?.();
await import("./program.ts");
