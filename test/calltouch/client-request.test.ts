import { describe, expect, it } from "vitest";
import { answering, clientOf, failing, orders, TOKEN } from "./client-stage.ts";

describe("a request", () => {
  const seen = async (send: (client: ReturnType<typeof clientOf>) => Promise<unknown>, baseUrl?: string) => {
    const requests: Request[] = [];
    const answer = answering({ data: { orders: [] }, records: [] });
    const client = clientOf(
      (request) => {
        requests.push(request);
        return answer();
      },
      baseUrl === undefined ? {} : { baseUrl },
    );
    await send(client);
    const [request] = requests;
    if (!request || requests.length > 1) throw new Error(`${requests.length} requests`);
    return request;
  };

  it("to create carries the credentials in headers and the deals in a JSON body", async () => {
    const request = await seen((client) => client.create("1С", orders("1", "2")));
    expect(request.method).toBe("POST");
    expect(request.url).toBe("https://calltouch.test/lead-service/v1/api/client-order/create");
    expect(request.headers.get("Access-Token")).toBe(TOKEN);
    expect(request.headers.get("SiteId")).toBe("41234");
    expect(request.headers.get("Content-Type")).toBe("application/json");
    expect(request.redirect).toBe("manual");
    expect(await request.json()).toEqual({ crm: "1С", orders: orders("1", "2") });
  });

  it("to update and to delete has the documented address and body", async () => {
    const update = await seen((client) =>
      client.update([{ orderNumber: "1", updateDate: "01-01-2026 00:00:00", status: "Закрыт" }]),
    );
    expect(update.url).toBe("https://calltouch.test/lead-service/v1/api/client-order/update");
    expect(await update.json()).toEqual({
      orders: [{ orderNumber: "1", updateDate: "01-01-2026 00:00:00", status: "Закрыт" }],
    });
    const deletion = await seen((client) => client.delete(["1", "2"]));
    expect(deletion.url).toBe("https://calltouch.test/lead-service/v1/api/client-order/delete");
    expect(await deletion.json()).toEqual({ orderNumbers: ["1", "2"] });
  });

  it("to list carries the token in the query, as this method alone demands", async () => {
    const request = await seen((client) => client.list({ orderNumber: "а/1" }), "http://127.0.0.1:1234/calltouch/");
    const url = new URL(request.url);
    expect(request.method).toBe("GET");
    expect(url.origin + url.pathname).toBe(
      "http://127.0.0.1:1234/calltouch/calls-service/RestAPI/41234/orders-diary/orders",
    );
    expect(Object.fromEntries(url.searchParams)).toEqual({ orderNumber: "а/1", clientApiId: TOKEN });
    expect(request.headers.get("Access-Token")).toBeNull();
  });

  it("is not made for nothing, and never for more than a hundred deals", async () => {
    const client = clientOf(failing(new Error("must not be called")));
    expect(await client.create("1С", [])).toEqual({ kind: "answered", value: [] });
    await expect(client.delete(Array(101).fill("1"))).rejects.toThrow("101");
  });

  it("cannot be made with a token no header can hold, and the refusal does not repeat it", () => {
    for (const token of ["", "ключ", "a\nb"]) {
      const make = () => clientOf(answering(""), { token });
      expect(make).toThrow("impossible characters");
    }
    expect(() => clientOf(answering(""), { baseUrl: "ftp://calltouch.test" })).toThrow("base URL");
  });
});
