import { describe, expect, it } from "vitest";
import { alfaAuto } from "../../adapters/alfa-auto/index.ts";
import { appointment, BASE, order } from "./alfa-auto-documents.ts";
import { contextOf, reorder } from "./fixtures.ts";

const said = { organization: "ООО Сервис", department: "Цех 1", repairType: "Слесарный" };
const nothing = { territory: null, warehouse: null, orderType: null, items: [] };

function factsOf(documents: readonly unknown[], settings: unknown = {}) {
  const context = contextOf(alfaAuto, { settings });
  const parsed = documents.map((raw) => alfaAuto.document.parse(raw));
  const facts = alfaAuto.facts(parsed, context);
  for (const shuffled of reorder(parsed)) expect(alfaAuto.facts(shuffled, context)).toEqual(facts);
  return facts;
}

describe("the facts exchange rules go by", () => {
  it("are each what the earliest document that has it says", () => {
    const documents = [
      { ...appointment, organization: "ООО Запись" },
      { ...order, ...said, base: BASE },
    ];
    expect(factsOf(documents)).toEqual({ ...nothing, ...said, organization: "ООО Запись" });
  });

  it("are asked of a deleted document last, unless deletion means nothing", () => {
    const documents = [
      { ...appointment, department: "Цех 2", deleted: true },
      { ...order, ...said, base: BASE },
    ];
    expect(factsOf(documents).department).toBe("Цех 1");
    expect(factsOf(documents, { deleted: "ignore" }).department).toBe("Цех 2");
  });

  it("are empty where no document says them", () => {
    expect(factsOf([appointment])).toEqual({ ...nothing, organization: null, department: null, repairType: null });
  });
});
