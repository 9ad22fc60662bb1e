/// <reference types="bun-types" />
/** What is installed is what the lockfile says, and nothing runs on the way but what is named. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import * as z from "zod";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(`${ROOT}${path}`, "utf8");
const versions = z.record(z.string(), z.string());
const manifest = z
  .object({
    dependencies: versions,
    devDependencies: versions,
    scripts: versions,
    trustedDependencies: z.array(z.string()),
  })
  .parse(JSON.parse(read("package.json")));
const lockfile = read("bun.lock");

describe("what is installed", () => {
  it("has one exact version each, the one of the lockfile", () => {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect(version).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
      expect(lockfile).toContain(`"${name}@${version}"`);
    }
  });

  it("comes from the registry with a checksum, never from an address or a repository", () => {
    const packages = lockfile.slice(lockfile.indexOf('"packages"')).match(/^ {4}".*$/gm) ?? [];
    expect(packages.length).toBeGreaterThan(20);
    for (const line of packages) expect(line).toMatch(/^ {4}"[^"]+": \["[^"]+@\d[^"]*", "", .*"sha512-[\w+/=]+"\],$/);
  });

  it("is installed from the frozen lockfile by everything that installs", () => {
    expect(read("scripts/dependencies.ts")).toContain('"install", "--frozen-lockfile"');
    const installs = Object.values(manifest.scripts).filter((script) => /\b(install|add|update)\b/.test(script));
    expect(installs).toEqual([]);
  });

  it("runs no script of its own but those named: the Node that the tests run on", () => {
    expect(manifest.trustedDependencies).toEqual(["node"]);
    expect(Object.keys(manifest.scripts).filter((name) => /^(pre|post)|install|prepare/.test(name))).toEqual([]);
    expect(Object.keys(manifest.dependencies)).not.toContain("node");
  });
});
