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
    // Most tests wait for processes that they have started: PostgreSQL, dbt, engines.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 180_000,
    // A machine that does many things at once is slow, not wrong.
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 300_000,
    projects: [
      {
        extends: true,
        test: {
          name: "code",
          include: ["test/**/*.test.ts", "sample-workspace/**/*.test.ts"],
          exclude: ["**/node_modules/**", "test/editor/**"],
        },
      },
      {
        extends: true,
        test: {
          name: "editor",
          include: ["test/editor/**/*.test.ts"],
          globalSetup: "test/editor/support/install.ts",
        },
      },
    ],
  },
});
