/** The rows of a Dalion shop's own journal of deals, as the documents they came from: orders, shipments and a return. */
import { createLocalDates } from "./local-date.ts";

export const ORGANIZATION = "Ермаков Р. А. ИП";
export const SHOP = { orderType: "По заказу покупателя", funnel: "Магазин ER" };
export const SERVICE = { orderType: "По заказ-наряду", funnel: "Сервис ER" };

const GOODS = {
  oils: [
    {
      name: "Масло моторное 5W-40, розлив",
      kind: "Масла розлив",
      group: "Масла/Моторные",
      amount: 960,
      profit: 540.21,
    },
    { name: "Термостат", kind: "Система охлаждения", group: "Запчасти/Охлаждение", amount: 620, profit: 343.5 },
    { name: "Хомут", kind: "Товар", group: "Сопутствующие", amount: 180, profit: 120 },
  ],
  generator: [
    { name: "Генератор", kind: "Электрооборудование", group: "Запчасти/Электрика", amount: 2675, profit: 681.5 },
    { name: "Ремень генератора", kind: "Электрооборудование", group: "Запчасти/Электрика", amount: 500, profit: 120 },
  ],
  diagnostics: [{ name: "Диагностика ходовой", kind: "Услуга", group: "Работы/Диагностика", amount: 500, profit: 500 }],
};

export function createOrders(now: number) {
  const at = createLocalDates(now);
  const shop = {
    type: "ЗаказПокупателя",
    organization: ORGANIZATION,
    territory: "Магазин ER",
    orderType: SHOP.orderType,
  };
  const service = {
    type: "ЗаказНаряд",
    organization: ORGANIZATION,
    territory: "Сервис ER",
    orderType: SERVICE.orderType,
  };
  const oils = {
    ...shop,
    guid: "2c55a318-c2ed-11ed-80d6-2c44fd8322a7",
    number: "ER00004127",
    date: at(180),
    changedAt: at(180),
    manager: "Котова Анна",
    client: "Савельев Денис",
    phones: "8 (900) 200-30-41",
    amount: "1 760,00",
    items: GOODS.oils,
  };
  const generator = {
    ...shop,
    guid: "2c55a2ea-c2ed-11ed-80d6-2c44fd8322a7",
    number: "ER00004119",
    date: at(640),
    changedAt: at(640),
    manager: "Котова Анна",
    client: "Морозов Илья",
    emails: "morozov@example.com",
    amount: 3175,
    items: GOODS.generator,
  };
  const diagnostics = {
    ...service,
    guid: "2a93c08b-c2ee-11ed-80d6-2c44fd8322a7",
    number: "ER00001838",
    date: at(590),
    changedAt: at(590),
    client: "Рябов Олег",
    phones: "89002003043",
    amount: 500,
    items: GOODS.diagnostics,
  };
  const visit = {
    ...service,
    guid: "02f3aedc-c339-11ed-80d6-2c44fd8322a7",
    number: "ER00001846",
    date: at(170),
    changedAt: at(170),
    client: "Юлия С",
    phones: "8 900 200-30-42",
    amount: 0,
  };
  const stranger = {
    ...shop,
    organization: "Ермакова С. П. ИП",
    guid: "7d30f0a1-c2ed-11ed-80d6-2c44fd8322a7",
    number: "EP00000012",
    date: at(90),
    changedAt: at(90),
    phones: "8 900 200-30-45",
    amount: 900,
  };
  return { oils, generator, diagnostics, visit, stranger };
}

/** Shipments and the return, each based on its order. */
export function createMoves(now: number, { oils, generator, diagnostics }: ReturnType<typeof createOrders>) {
  const at = createLocalDates(now);
  const base = ({ guid, type, number, date }: Base) => ({ base: { guid, type, number, date } });
  const shipment = { type: "Реализация", posted: true, organization: ORGANIZATION };
  return {
    shipOils: {
      ...shipment,
      ...base(oils),
      guid: "2c55a319-c2ed-11ed-80d6-2c44fd8322a7",
      number: "ER00003980",
      date: at(178),
      changedAt: at(178),
      amount: "1 760,00",
      profit: "1 003,71",
      items: GOODS.oils,
    },
    shipDiagnostics: {
      ...shipment,
      ...base(diagnostics),
      guid: "2a93c08c-c2ee-11ed-80d6-2c44fd8322a7",
      number: "ER00003979",
      date: at(190),
      changedAt: at(190),
      amount: 500,
      profit: 500,
      items: GOODS.diagnostics,
    },
    shipGenerator: {
      ...shipment,
      ...base(generator),
      guid: "2c55a2eb-c2ed-11ed-80d6-2c44fd8322a7",
      number: "ER00003971",
      date: at(600),
      changedAt: at(600),
      amount: "3 175,00",
      profit: "801,50",
      items: GOODS.generator,
    },
    returnGenerator: {
      type: "ВозвратТоваровОтПокупателя",
      posted: true,
      ...base(generator),
      guid: "2c55a2ec-c2ed-11ed-80d6-2c44fd8322a7",
      number: "ER00000101",
      date: at(60),
      changedAt: at(60),
      amount: 500,
      profit: 120,
    },
  };
}

interface Base {
  guid: string;
  type: string;
  number: string;
  date: string;
}
