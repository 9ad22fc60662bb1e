/** The three tables of the customer's assignment, row by row. */
import { describe, expect, it } from "vitest";
import { alfaAuto } from "../../adapters/alfa-auto/index.ts";
import { appointment, BASE, dealOf, order } from "./alfa-auto-documents.ts";
import { toInstant } from "./fixtures.ts";

describe("table 1: registering a deal", () => {
  const deal = dealOf([appointment]);

  it("crm is «1С Альфа-Авто»", () => {
    expect(alfaAuto.crm).toBe("1С Альфа-Авто");
  });

  it("callContact looks by the client's phones, from the document's date, for the nearest call of 180 days", () => {
    expect(deal.contacts.phones).toEqual(["79001234567"]);
    expect(deal.matching.at).toBe(toInstant("2026-09-12T18:38:09"));
    expect(deal.matching.typeToMatch).toBe("nearest");
    expect(deal.matching.searchDepthMinutes).toBe(259_200);
  });

  it("requestContact looks by the client's e-mails too", () => {
    expect(deal.contacts.emails).toEqual(["belozerov@example.com"]);
  });

  it("customSource is «офлайн визит» / «офлайн визит»", () => {
    expect(deal.matching.customSource).toEqual({
      source: "офлайн визит",
      medium: "офлайн визит",
      campaign: "офлайн визит",
    });
  });

  it("customSource.campaign is the work order's marketing programme when there is one", () => {
    expect(dealOf([appointment, { ...order, base: BASE }]).matching.customSource.campaign).toBe("Осенняя диагностика");
    expect(dealOf([{ ...order, campaign: "" }]).matching.customSource.campaign).toBe("офлайн визит");
    expect(dealOf([{ ...appointment, campaign: "Акция" }]).matching.customSource.campaign).toBe("офлайн визит");
  });

  it("orderNumber is the appointment's number, and a work order's own only without an appointment", () => {
    expect(deal.orderNumber).toBe("ПС00010196");
    expect(dealOf([order]).orderNumber).toBe("ЗН00020311");
    expect(dealOf([{ ...order, base: BASE }]).orderNumber).toBe("ПС00010196");
    expect(dealOf([appointment, { ...order, base: BASE }]).orderNumber).toBe("ПС00010196");
  });

  it("status is the document's state", () => {
    expect(deal.status).toBe("Предварительная заявка");
  });

  it("statusDate is when the state changed", () => {
    expect(deal.statusAt).toBe(toInstant("2026-09-13T10:00:00"));
    expect(dealOf([{ ...appointment, statusDate: null }]).statusAt).toBe(toInstant("2026-09-13T12:00:00"));
    expect(dealOf([{ ...appointment, statusDate: null, changedAt: null }]).statusAt).toBe(toInstant(appointment.date));
  });

  it("orderDate is the document's date", () => {
    expect(deal.orderAt).toBe(toInstant("2026-09-12T18:38:09"));
  });

  it("revenue is the document's sum, in kopecks", () => {
    expect(deal.revenueKopecks).toBe(1_250_050);
  });

  it("manager is the document's manager", () => {
    expect(deal.manager).toBe("Соколов Андрей");
  });

  it("comment is the reason of the visit", () => {
    expect(deal.comment).toBe("Стук в подвеске");
    expect(
      dealOf([
        { ...appointment, reason: null },
        { ...order, base: BASE },
      ]).comment,
    ).toBe("Замена стоек");
  });

  it("tag 1 is «Сервис», tag 2 the car, tag 3 its year", () => {
    expect(deal.tags).toEqual(["Сервис", "Toyota Camry", "2015"]);
  });
});

describe("table 2: states and statuses", () => {
  const refused = { status: "Отказ от заезда" };

  it.each(["Предварительная заявка", "Подтвержденная заявка"])("«%s» of an appointment stays «%s»", (status) => {
    expect(dealOf([{ ...appointment, status }]).status).toBe(status);
  });

  it("«Отказ от заезда» of an appointment becomes «Отказ»", () => {
    expect(dealOf([{ ...appointment, ...refused }]).status).toBe("Отказ");
  });

  it("«Закрыт» of a work order stays «Закрыт»", () => {
    expect(dealOf([{ ...order, status: "Закрыт" }]).status).toBe("Закрыт");
  });

  it("«Отказ от заезда» of a work order becomes «Отказ»", () => {
    expect(dealOf([{ ...order, ...refused }]).status).toBe("Отказ");
  });

  it("is read without case, ё and extra spaces", () => {
    expect(dealOf([{ ...appointment, status: " ПОДТВЕРЖДЁННАЯ  заявка" }]).status).toBe("Подтвержденная заявка");
    expect(dealOf([{ ...order, status: "отказ  от Заезда" }]).status).toBe("Отказ");
  });

  it("lets a state it does not have through as it is", () => {
    expect(dealOf([{ ...order, status: "Согласование" }]).status).toBe("Согласование");
  });

  it("gives way to the settings' own texts and states", () => {
    const settings = {
      refusedStatus: "Отменён",
      closedStatus: "Выполнен",
      statuses: { "в работе": "В цеху", ожидание: "Отменен" },
    };
    expect(dealOf([{ ...order, ...refused }], settings).status).toBe("Отменён");
    expect(dealOf([{ ...order, status: "Закрыт" }], settings).status).toBe("Выполнен");
    expect(dealOf([order], settings).status).toBe("В цеху");
    expect(dealOf([{ ...order, status: "Ожидание" }], settings).revenueKopecks).toBe(0);
  });
});

describe("table 3: updating a deal", () => {
  const updated = dealOf([appointment, { ...order, base: BASE }]);

  it("orderNumber stays the appointment's", () => {
    expect(updated.orderNumber).toBe(dealOf([appointment]).orderNumber);
    expect(updated.orderAt).toBe(dealOf([appointment]).orderAt);
  });

  it("status and its date are the work order's", () => {
    expect(updated.status).toBe("В работе");
    expect(updated.statusAt).toBe(toInstant("2026-09-15T10:00:00"));
  });

  it("the date of the update is the latest change of any document", () => {
    expect(updated.changedAt).toBe(toInstant("2026-09-15T12:00:00"));
    expect(
      dealOf([
        { ...appointment, changedAt: "2026-09-20T09:00:00" },
        { ...order, base: BASE },
      ]).changedAt,
    ).toBe(toInstant("2026-09-20T09:00:00"));
  });

  it("and never before the date of a status", () => {
    const stale = { ...appointment, changedAt: appointment.date, statusDate: "2026-09-21T09:00:00" };
    expect(dealOf([stale]).changedAt).toBe(toInstant("2026-09-21T09:00:00"));
  });

  it("revenue is the work order's", () => {
    expect(updated.revenueKopecks).toBe(4_100_000);
  });

  it("manager is the work order's", () => {
    expect(updated.manager).toBe("Громов Павел");
  });
});
