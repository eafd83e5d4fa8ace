import module from "node:module";

// A worker starts at every save; Node 22 and newer keep what they compiled.
module.enableCompileCache?.();
await import("./process.ts");
