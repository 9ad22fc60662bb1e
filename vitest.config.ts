/** The same files that `bun test` runs, on Node; those that run inside workerd have a configuration of their own. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/workers/**"],
    setupFiles: ["test/setup.ts"],
    // A slow machine is no failure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
