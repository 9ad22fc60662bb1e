/** Whoever calls is found however a manager typed the number, whichever way MoySklad searches. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { placeLead } from "../../adapters/moysklad/place-lead.ts";
import { setup } from "../../adapters/moysklad/setup.ts";
import type { Lead } from "../../src/lead.ts";
import { call, request } from "./leads.ts";
import { createStage, HOOK_URL, type Stage } from "./stage.ts";

const SEARCHES = ["raw", "digits"] as const;

async function connected(phoneSearch: (typeof SEARCHES)[number]): Promise<Stage> {
  const stage = createStage({ knobs: { phoneSearch } });
  stage.done(await setup(stage.context(), HOOK_URL));
  stage.advance(60_000);
  return stage;
}

/** Name of the counterparty the lead's order went to. */
async function nameFor(stage: Stage, lead: Lead): Promise<string | undefined> {
  const result = stage.done(await placeLead(lead, stage.context()));
  const guid = result.kind === "placed" ? result.guid : "";
  const order = stage.control.orders().find(({ id }) => id === guid);
  return stage.control.counterparties().find(({ id }) => id === order?.agentId)?.name;
}

const digits = (length: number) => fc.stringMatching(new RegExp(`^\\d{${length}}$`));
const gap = fc.constantFrom("", " ", "-", ".", "\u00a0", " - ", "\u2011");
const national = fc.tuple(fc.stringMatching(/^[3489]\d{2}$/), digits(3), digits(2), digits(2));
/** `+7 (999) 123-45-67 доб. 5`, `8999.123.4567`, `раб. 8 (495) 765-43-21; моб. 999-1234567` … */
const spelling = national.chain(([code, ...rest]) =>
  fc
    .record({
      country: fc.constantFrom("+7", "7", "8", ""),
      before: fc.constantFrom("", "моб. ", "тел.: ", "8 (495) 765-43-21, ", "+74957654321 "),
      after: fc.constantFrom("", " доб. 5", " (Мария)", ", +7 495 765-43-21", " / 84957654321", " до 18:00"),
      brackets: fc.boolean(),
      gaps: fc.tuple(gap, gap, gap, gap),
    })
    .map(({ country, before, after, brackets, gaps }) => {
      const area = brackets ? `(${code})` : code;
      const [start, middle, end] = rest;
      const typed = `${country}${gaps[0]}${area}${gaps[1]}${start}${gaps[2]}${middle}${gaps[3]}${end}`;
      return { phone: `7${code}${rest.join("")}`, typed: `${before}${typed}${after}`.trim() };
    }),
);

describe.each(SEARCHES)("where MoySklad searches phones by %s", (phoneSearch) => {
  it("any spelling of a phone finds the one counterparty who has it", async () => {
    const stage = await connected(phoneSearch);
    stage.control.addCounterparty({ name: "Другой", phone: "+7 000 000-00-00" });
    let id = 0;
    const property = fc.asyncProperty(spelling, fc.boolean(), async ({ phone, typed }, isPerson) => {
      id += 1;
      const people = { contactpersons: [{ name: "Мария", phone: typed }] };
      const known = stage.control.counterparties().length;
      const agentId = stage.control.addCounterparty({
        name: `Клиент ${id}`,
        ...(isPerson ? people : { phone: typed }),
      });
      const name = await nameFor(stage, call({ id, phone }));
      // Another run may draw the same number: whoever is in the archive gives way.
      stage.control.changeCounterparty(agentId, { archived: true });
      expect(name).toBe(`Клиент ${id}`);
      expect(stage.control.counterparties()).toHaveLength(known + 1);
    });
    await fc.assert(property, { numRuns: 150, endOnFailure: true, interruptAfterTimeLimit: 4_000 });
  });

  it.each([
    ["a town's code of four digits", "8 (4852) 12-34-56", "74852123456"],
    ["a town's code of five digits", "8 (48539) 5-12-34", "74853951234"],
    ["a foreign number", "+375291234567", "375291234567"],
    ["a number typed in one piece with the extension", "+79991234567#12", "79991234567"],
    ["a number divided in an unusual way", "+7 999 12 345 67", "79991234567"],
  ])("%s is found: %s", async (_, typed, phone) => {
    const stage = await connected(phoneSearch);
    stage.control.addCounterparty({ name: "Мария", phone: typed });
    expect(await nameFor(stage, call({ phone }))).toBe("Мария");
  });

  it("of several with one phone the oldest that is not archived is taken, every time", async () => {
    const stage = await connected(phoneSearch);
    stage.control.addCounterparty({ name: "В архиве", phone: "+79991234567", archived: true });
    stage.advance(1_000);
    stage.control.addCounterparty({ name: "Старший", phone: "8 (999) 123-45-67" });
    stage.advance(1_000);
    stage.control.addCounterparty({ name: "Младший", phone: "+79991234567" });
    expect(await nameFor(stage, call({ id: 1 }))).toBe("Старший");
    expect(await nameFor(stage, call({ id: 2 }))).toBe("Старший");
  });

  it("one in the archive is better than a second one, and worse than one spelled oddly", async () => {
    const stage = await connected(phoneSearch);
    stage.control.addCounterparty({ name: "В архиве", phone: "+79991234567", archived: true });
    expect(await nameFor(stage, call({ id: 1 }))).toBe("В архиве");
    stage.control.addCounterparty({ name: "Действующий", phone: "моб. 999.123-4567 (вечером)" });
    expect(await nameFor(stage, call({ id: 2 }))).toBe("Действующий");
  });

  it("a number that only looks alike finds nobody", async () => {
    const stage = await connected(phoneSearch);
    for (const phone of ["+7 999 123-45-68", "+1 999 123-45-67", "123-45-67", "799912345670"]) {
      stage.control.addCounterparty({ name: "Чужой", phone });
    }
    expect(await nameFor(stage, call())).toBe("Звонок +79991234567");
  });
});

describe("by e-mail", () => {
  it.each([
    ["told apart by capital letters", "Client@Example.RU"],
    ["whatever the letters", "Client@Example.RU"],
    ["one of two", "other@example.ru, client@example.ru"],
  ])("%s: %s is found", async (way, typed) => {
    const knobs = { emailCaseSensitive: way !== "whatever the letters" };
    const stage = createStage({ knobs });
    stage.control.addCounterparty({ name: "Мария", contactpersons: [{ name: "М", email: "client@example.ru" }] });
    expect(await nameFor(stage, request({ phone: "79990000000" }))).toBe("Мария");
    const second = createStage({ knobs });
    second.control.addCounterparty({ name: "Пётр", email: typed });
    expect(await nameFor(second, request({ phone: "79990000000" }))).toBe("Пётр");
  });

  it("who is known by it is taken when the one with the phone is in the archive, unless both are", async () => {
    const stage = createStage();
    stage.control.addCounterparty({ name: "В архиве", phone: "89991234567", archived: true });
    const id = stage.control.addCounterparty({ name: "Действующий", email: "client@example.ru" });
    expect(await nameFor(stage, request({ id: 1 }))).toBe("Действующий");
    stage.control.changeCounterparty(id, { archived: true, phone: "" });
    expect(await nameFor(stage, request({ id: 2 }))).toBe("В архиве");
  });

  it("the phone decides when both are known to different people", async () => {
    const stage = createStage();
    stage.control.addCounterparty({ name: "По почте", email: "client@example.ru" });
    stage.control.addCounterparty({ name: "По телефону", phone: "89991234567", email: "own@example.ru" });
    expect(await nameFor(stage, request())).toBe("По телефону");
    expect(
      stage.control
        .counterparties()
        .map(({ email }) => email)
        .sort(),
    ).toEqual(["client@example.ru", "own@example.ru"]);
  });
});
