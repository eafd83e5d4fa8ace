import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: [
      { find: /^millrace$/, replacement: new URL("src/sdk/index.ts", import.meta.url).pathname },
      {
        find: /^millrace\/postgres$/,
        replacement: new URL("src/integrations/postgres.ts", import.meta.url).pathname,
      },
    ],
  },
  test: {
    include: ["test/**/*.test.ts", "sample-workspace/**/*.test.ts"],
    // Most tests wait for processes that they have started: PostgreSQL, dbt, engines.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 180_000,
    // A machine that does many things at once is slow, not wrong.
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 300_000,
  },
});
