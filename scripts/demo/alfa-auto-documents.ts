/** What a car service's 1C sends in the demo, what the bridge must answer, and what Calltouch must have after it. */
import { BY_CALL, BY_EMAIL, BY_REQUEST, NO_LEAD } from "./alfa-auto-leads.ts";
import { PLAIN } from "./deal.ts";
import { createLocalDates } from "./local-date.ts";
import { ACCEPTED, type Step } from "./step.ts";

const OF_SERVICE = { ...PLAIN, tags: "Сервис" };
const OF_CAR = { ...PLAIN, tags: "Сервис | Toyota Camry | 2015" };

export function createAlfaAutoSteps(now: number): Step[] {
  const at = createLocalDates(now);
  const appointment = {
    guid: "2c55a318-0001-11f1-80d6-2c44fd8322a7",
    type: "ЗаявкаНаРемонт",
    number: "ПС00010196",
    date: at(180),
  };
  const planned = {
    ...appointment,
    amount: "12\u00a0500,50",
    manager: "Ершова Марина",
    reason: "Стук при торможении",
    client: "Белозёров Игорь",
    phones: "8 (900) 123-45-67 доб. 12",
    car: { make: "Toyota", model: "Camry", year: "2\u00a0015" },
  };
  const workOrder = (id: string, number: string, amount: number | string) => ({
    guid: `2c55a318-00${id}-11f1-80d6-2c44fd8322a7`,
    type: "ЗаказНаряд",
    number,
    date: at(60),
    amount,
    manager: "Громов Павел",
    base: appointment,
  });
  const first = workOrder("11", "ЗН00020311", 41000.5);
  const second = workOrder("12", "ЗН00020325", "7\u00a0250");
  const refused = {
    guid: "2c55a318-0002-11f1-80d6-2c44fd8322a7",
    type: "ЗаявкаНаРемонт",
    number: "ПС00010197",
    date: at(160),
    status: "Отказ от заезда",
    statusDate: at(100),
    amount: 5000,
    phones: ["+7 900 333-44-55"],
  };
  const anonymous = {
    guid: "2c55a318-0013-11f1-80d6-2c44fd8322a7",
    type: "ЗаказНаряд",
    number: "ЗН00020330   ",
    date: at(50),
    status: "Закрыт",
    statusDate: at(20),
    amount: "3\u202f400,00",
    client: "Частное лицо",
  };
  const unreadable = {
    ...anonymous,
    guid: "2c55a318-0014-11f1-80d6-2c44fd8322a7",
    number: "ЗН00020331",
    amount: "много",
  };
  const cyrillic = {
    guid: "2c55a318-0003-11f1-80d6-2c44fd8322a7",
    type: "ЗаявкаНаРемонт",
    number: "ПС00010198",
    date: at(140),
    status: "Подтвержденная заявка",
    statusDate: at(130),
    amount: "18000,00",
    emails: "tarasov@example.com",
  };
  const closed = <Document extends object>(document: Document) => ({
    ...document,
    status: "Закрыт",
    statusDate: at(10),
  });
  return [
    {
      title: "An appointment of a client who called",
      auth: "Basic",
      encoding: "UTF-8",
      documents: [{ ...planned, status: "Предварительная заявка", statusDate: at(180) }],
      answers: [ACCEPTED],
      deals: [
        { orderNumber: "ПС00010196", status: "Предварительная заявка", revenue: "12500.50", ...OF_CAR, ...BY_CALL },
      ],
    },
    {
      title: "The appointment is confirmed",
      auth: "Basic",
      encoding: "UTF-8",
      documents: [{ ...planned, status: "Подтвержденная заявка", statusDate: at(120) }],
      answers: [ACCEPTED],
      deals: [
        { orderNumber: "ПС00010196", status: "Подтвержденная заявка", revenue: "12500.50", ...OF_CAR, ...BY_CALL },
      ],
    },
    {
      title: "Two work orders based on it: still one deal, their sum",
      auth: "Bearer",
      encoding: "UTF-8",
      documents: [
        { ...first, status: "В работе", statusDate: at(60) },
        { ...second, status: "Согласование", statusDate: at(55) },
      ],
      answers: [ACCEPTED, ACCEPTED],
      deals: [{ orderNumber: "ПС00010196", status: "Согласование", revenue: "48250.50", ...OF_CAR, ...BY_CALL }],
    },
    {
      title: "Both are closed, and one is sent twice",
      auth: "Bearer",
      encoding: "UTF-8",
      documents: [closed(first), closed(second), closed(first)],
      answers: [ACCEPTED, ACCEPTED, "unchanged UNCHANGED"],
      deals: [{ orderNumber: "ПС00010196", status: "Закрыт", revenue: "48250.50", ...OF_CAR, ...BY_CALL }],
    },
    {
      title: "A refusal, from a 1C that writes a byte order mark",
      auth: "Basic",
      encoding: "UTF-8 with a BOM",
      documents: [refused],
      answers: [ACCEPTED],
      deals: [{ orderNumber: "ПС00010197", status: "Отказ", revenue: "5000.00", ...OF_SERVICE, ...BY_REQUEST }],
    },
    {
      title: "A document without contacts, and one with an unreadable sum",
      auth: "Bearer",
      encoding: "UTF-8",
      documents: [anonymous, unreadable],
      answers: [ACCEPTED, "error AMOUNT"],
      deals: [{ orderNumber: "ЗН00020330", status: "Закрыт", revenue: "3400.00", ...OF_SERVICE, ...NO_LEAD }],
    },
    {
      title: "An old 1C: windows-1251, and the client is known by e-mail only",
      auth: "Basic",
      encoding: "windows-1251",
      documents: [cyrillic],
      answers: [ACCEPTED],
      deals: [
        { orderNumber: "ПС00010198", status: "Подтвержденная заявка", revenue: "18000.00", ...OF_SERVICE, ...BY_EMAIL },
      ],
    },
  ];
}
