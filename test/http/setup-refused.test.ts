import { describe, expect, it } from "vitest";
import { createShop, MOYSKLAD_URL, SHOP_TOKEN } from "../security/shop.ts";
import { expectRussian } from "./contract.ts";

describe("setup", () => {
  it.each([400, 404, 412])(
    "whose request the ERP refuses with %d says so to the operator, and nothing that the answer repeats",
    async (status) => {
      const shop = await createShop();
      const { fetch } = shop.platform;
      const refusal = { errors: [{ error: SHOP_TOKEN, code: 9_999, parameter: SHOP_TOKEN }] };
      shop.platform.fetch = async (request) =>
        request.url.startsWith(MOYSKLAD_URL) ? Response.json(refusal, { status }) : fetch(request);
      const { status: answered, body } = await shop.admin("POST", `/connections/${shop.shopId}/setup`);
      expect([answered, body["ok"]]).toEqual([200, false]);
      const [problem] = Array.isArray(body["problems"]) ? body["problems"] : [];
      expectRussian(problem);
      expect(problem).toContain("9999");
      expect(problem).not.toContain(SHOP_TOKEN);
    },
  );
});
