/** What a Dalion shop's 1C sends in the demo, what the bridge must answer, and what Calltouch must have after it. */
import { createMoves, createOrders, SERVICE, SHOP } from "./dalion-documents.ts";
import { BY_GOOGLE_MAPS, BY_MAPS_TO_SERVICE, BY_REQUEST, BY_YANDEX_MAPS } from "./dalion-leads.ts";
import { PLAIN } from "./deal.ts";
import { ACCEPTED, type Step } from "./step.ts";

const ONE_C = { auth: "Basic", encoding: "UTF-8" } as const;

export function createDalionSteps(now: number): Step[] {
  const orders = createOrders(now);
  const { oils, generator, diagnostics, visit, stranger } = orders;
  const { shipOils, shipGenerator, shipDiagnostics, returnGenerator } = createMoves(now, orders);
  const ordered = { ...PLAIN, status: "Оформлен заказ", revenue: "0.00" };
  const shipped = { status: "Заказ отгружен" };
  const oilsDeal = {
    ...ordered,
    orderNumber: oils.guid,
    funnel: SHOP.funnel,
    tags: "Масла розлив | Система охлаждения | Товар",
    ...BY_GOOGLE_MAPS,
  };
  const generatorDeal = {
    ...ordered,
    orderNumber: generator.guid,
    funnel: SHOP.funnel,
    tags: "Электрооборудование",
    ...BY_REQUEST,
  };
  const diagnosticsDeal = {
    ...ordered,
    orderNumber: diagnostics.guid,
    funnel: SERVICE.funnel,
    tags: "Услуга",
    ...BY_MAPS_TO_SERVICE,
  };
  return [
    {
      title: "An order: its funnel by a rule, its call among those with the firm's tag",
      ...ONE_C,
      documents: [oils],
      answers: [ACCEPTED],
      deals: [oilsDeal],
    },
    {
      title: "Its shipment: now there are a revenue and a margin",
      ...ONE_C,
      documents: [shipOils],
      answers: [ACCEPTED],
      deals: [{ ...oilsDeal, ...shipped, revenue: "1760.00", margin: "1003.71" }],
    },
    {
      title: "Work orders, one of them done",
      ...ONE_C,
      documents: [visit, diagnostics, shipDiagnostics],
      answers: [ACCEPTED, ACCEPTED, ACCEPTED],
      deals: [
        { ...ordered, orderNumber: visit.guid, funnel: SERVICE.funnel, ...BY_YANDEX_MAPS },
        { ...diagnosticsDeal, ...shipped, revenue: "500.00", margin: "500.00" },
      ],
    },
    {
      title: "Another order, shipped",
      ...ONE_C,
      documents: [generator, shipGenerator],
      answers: [ACCEPTED, ACCEPTED],
      deals: [{ ...generatorDeal, ...shipped, revenue: "3175.00", margin: "801.50" }],
    },
    {
      title: "A part of it comes back: revenue and margin are shipments less returns",
      ...ONE_C,
      documents: [returnGenerator],
      answers: [ACCEPTED],
      deals: [{ ...generatorDeal, ...shipped, revenue: "2675.00", margin: "681.50" }],
    },
    {
      title: "An order of a firm no rule speaks of: kept, and said so",
      ...ONE_C,
      documents: [stranger],
      answers: ["skipped NO_RULE"],
      deals: [],
    },
  ];
}
