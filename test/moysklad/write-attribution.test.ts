import { describe, expect, it } from "vitest";
import { setup } from "../../adapters/moysklad/setup.ts";
import { writeAttribution } from "../../adapters/moysklad/write-attribution.ts";
import type { KnobsPatch } from "../../sandbox/moysklad/index.ts";
import type { Lead } from "../../src/adapter.ts";
import type { Attribution } from "../../src/attribution/attribution.ts";
import { createStage, HOOK_URL, type Stage } from "./stage.ts";

const KNOWN: Attribution = {
  matched: true,
  source: "yandex",
  medium: "cpc",
  campaign: "Запчасти",
  content: "баннер 3",
  term: "купить фильтр",
  keyword: "фильтр",
};
const ALL = {
  Источник: "yandex",
  Канал: "cpc",
  utm_campaign: "Запчасти",
  utm_content: "баннер 3",
  utm_term: "купить фильтр",
};
const UNKNOWN_ORDER = "00000000-0000-4000-8000-000000000001";

async function connected(knobs: KnobsPatch = {}): Promise<{ stage: Stage; orderId: string }> {
  const stage = createStage({ knobs });
  stage.done(await setup(stage.context(), HOOK_URL));
  const agentId = stage.control.addCounterparty({ name: "Мария" });
  const orderId = stage.control.addOrder({ agentId, sum: 150_000 });
  stage.advance(60_000);
  stage.control.clearRequests();
  return { stage, orderId };
}

const write = async (stage: Stage, guid: string, attribution = KNOWN) =>
  stage.done(await writeAttribution(guid, attribution, stage.context()));

function fieldsOf({ control }: Stage): Record<string, unknown> {
  return control.orders()[0]?.attributes ?? {};
}

describe("the advertising source", () => {
  it("goes into an order that says nothing of it", async () => {
    const { stage, orderId } = await connected();
    expect(await write(stage, orderId)).toMatchObject({ kind: "written" });
    expect(fieldsOf(stage)).toEqual(ALL);
  });

  it("brings all nine fields when the lead itself is known", async () => {
    const { stage, orderId } = await connected();
    const lead: Lead = {
      kind: "call",
      id: 501,
      at: Date.UTC(2026, 10, 22, 9),
      isFinished: true,
      source: "yandex",
      medium: "cpc",
      utmSource: "ya",
      utmMedium: "cpc-search",
      utmCampaign: "Запчасти",
      utmContent: "баннер 3",
      utmTerm: "купить фильтр",
      googleClientId: "1043567512.1763800000",
      tags: ["Продажи", "Шины"],
    };
    stage.done(await writeAttribution(orderId, KNOWN, stage.context(), lead));
    expect(fieldsOf(stage)).toEqual({
      ...ALL,
      utm_source: "ya",
      utm_medium: "cpc-search",
      "Google Client ID": "1043567512.1763800000",
      Теги: "Продажи|Шины",
    });
  });

  it("fills what is empty and leaves what is written there", async () => {
    const { stage, orderId } = await connected();
    const idOf = (name: string) => stage.control.attributes().find((field) => field.name === name)?.id ?? "";
    stage.control.changeOrder(orderId, {
      attributes: { [idOf("Источник")]: "сказал клиент", [idOf("utm_source")]: "ya" },
    });
    await write(stage, orderId);
    expect(fieldsOf(stage)).toEqual({ ...ALL, Источник: "сказал клиент", utm_source: "ya" });
  });

  it("written again costs one request and writes nothing", async () => {
    const { stage, orderId } = await connected();
    await write(stage, orderId);
    stage.control.clearRequests();
    expect(await write(stage, orderId)).toMatchObject({ kind: "nothing" });
    expect(stage.control.requests().map(({ method }) => method)).toEqual(["GET"]);
  });

  it("that no lead was found for is our own fallback, and is not written", async () => {
    const { stage, orderId } = await connected();
    expect(await write(stage, orderId, { ...KNOWN, matched: false })).toMatchObject({ kind: "nothing" });
    expect(stage.control.requests()).toEqual([]);
  });

  it("of an order that is gone is written nowhere", async () => {
    const { stage, orderId } = await connected();
    expect(await write(stage, UNKNOWN_ORDER)).toMatchObject({ kind: "nothing" });
    stage.control.deleteOrder(orderId);
    expect(await write(stage, orderId)).toMatchObject({ kind: "nothing" });
  });

  it.each([{ bulkFailure: "error" }, { bulkFailure: "ok" }] as const)(
    "fills the fields that are left when the merchant has deleted one, and asks for none when all are gone (%o)",
    async (knobs) => {
      const { stage, orderId } = await connected(knobs);
      const [source, ...others] = stage.control.attributes().toSorted((left) => (left.name === "Источник" ? -1 : 1));
      stage.control.removeAttribute(source?.id ?? "");
      expect(await write(stage, orderId)).toMatchObject({ kind: "written" });
      const { Источник: _, ...rest } = ALL;
      expect(fieldsOf(stage)).toEqual(rest);
      for (const { id } of others) stage.control.removeAttribute(id);
      expect((await write(stage, orderId)).kind).not.toBe("written");
    },
  );

  it("is read and written once more when a manager saved the order at that moment", async () => {
    const { stage, orderId } = await connected();
    stage.control.fault({ kind: "conflict", method: "POST" });
    expect(await write(stage, orderId)).toMatchObject({ kind: "written" });
    expect(fieldsOf(stage)).toEqual(ALL);
  });

  it("of hundreds of orders at once does not make MoySklad take the access away", async () => {
    const { stage } = await connected();
    const agentId = stage.control.addCounterparty({ name: "Мария" });
    for (let count = 0; count < 210; count += 1) {
      const order = stage.control.addOrder({ agentId });
      expect(await write(stage, order)).toMatchObject({ kind: "written" });
    }
  });

  it("survives a crash after the write: the second time there is nothing to do", async () => {
    const { stage, orderId } = await connected();
    stage.control.fault({ kind: "timeoutAfterCommit", method: "POST" });
    expect(await writeAttribution(orderId, KNOWN, stage.context())).toMatchObject({ kind: "later" });
    expect(await write(stage, orderId)).toMatchObject({ kind: "nothing" });
    expect(fieldsOf(stage)).toEqual(ALL);
  });
});
