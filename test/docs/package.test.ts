/** What another project gets from this one, under the names in package.json. */
import { readFileSync } from "node:fs";
import { createCalltouchClient } from "calltouch-bridge/calltouch/client";
import { createCalltouchSandbox } from "calltouch-bridge/sandbox/calltouch";
import { createMoyskladSandbox } from "calltouch-bridge/sandbox/moysklad";
import { describe, expect, it } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

describe("the package seen from another project", () => {
  it("has the client and the sandboxes, and they fit together as the README shows", async () => {
    const { fetch, control } = createCalltouchSandbox();
    control.addSite({ siteId: "12345", token: "secret" });
    const base = { baseUrl: "https://api.calltouch.ru", siteId: "12345", token: "secret", timeZone: "Europe/Moscow" };
    const reply = await createCalltouchClient({ ...base, fetch }).list({
      orderNumber: "ПС00010196",
      withAllOrderOrigins: true,
    });
    expect(reply).toMatchObject({ kind: "answered", value: { records: [] } });
    expect(createMoyskladSandbox).toBeTypeOf("function");
    for (const page of ["README.md", "README.ru.md"]) {
      expect(read(page)).toContain('.list({ orderNumber: "ПС00010196", withAllOrderOrigins: true })');
    }
  });
});
