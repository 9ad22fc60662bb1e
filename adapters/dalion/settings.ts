/** What a shop may set for its connection. The defaults are what Dalion's own exchange does. */
import * as z from "zod";
import { anonymousClients, choice, dealSettings, flag, settingsError, text } from "../onec/setting.ts";
import { documentTypes } from "./type.ts";

export const settings = z.strictObject(
  {
    ...dealSettings,
    /** The base's own name of a document → what it is, before the names known without being told. */
    types: z
      .record(text(100), choice(documentTypes), { error: "Ожидается соответствие: вид документа — вид обмена" })
      .default({}),
    orderedStatus: text(100).default("Оформлен заказ"),
    shippedStatus: text(100).default("Заказ отгружен"),
    /** Without it an order that was fully returned keeps its status. */
    returnedStatus: text(100).exactOptional(),
    cancelledStatus: text(100).default("Отменён"),
    /** With the first shipment, or when shipments add up to the order's sum. */
    shippedWhen: choice(["first", "full"]).default("first"),
    revenueBeforeShipment: choice(["zero", "amount"]).default("zero"),
    /** What a deletion mark on the order means: a status, the end of the deal, or nothing. */
    deleted: choice(["status", "delete", "ignore"]).default("status"),
    anonymousClients: anonymousClients.default([]),
    showContacts: flag.default(true),
  },
  { error: settingsError },
);
export type DalionSettings = z.infer<typeof settings>;
