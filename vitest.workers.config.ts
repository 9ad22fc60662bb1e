/** The smoke tests that run inside workerd, the runtime of Cloudflare Workers. Needs Node 22 or newer. */
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [
    cloudflareTest(({ inject }) => ({
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: {
        bindings: {
          DATABASE_URL: inject("databaseUrl"),
          CALLTOUCH_URL: inject("calltouchUrl"),
          ADMIN_TOKEN: "test-admin-token-0123456789",
          ENCRYPTION_KEY: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
          LOG_LEVEL: "error",
        },
      },
    })),
  ],
  test: {
    include: ["test/workers/**/*.workers.ts"],
    globalSetup: ["./test/workers/backing.ts"],
    testTimeout: 30_000,
  },
});
