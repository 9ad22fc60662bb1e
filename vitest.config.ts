/** The same files that `bun test` runs, on Node; those that run inside workerd have a configuration of their own. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/workers/**"],
    setupFiles: ["test/seed.ts"],
  },
});
