/** What the documents of one deal are to each other. */
import type { FoldContext, Notice } from "../../src/adapter.ts";
import { type DalionDocument, dealKey } from "./document.ts";
import type { DalionSettings } from "./settings.ts";
import { type DocumentType, documentTypes, RETURN, SHIPMENT, toType } from "./type.ts";

export interface Sale {
  /** The order, or the shipment of a sale without one. */
  head: DalionDocument;
  headType: Exclude<DocumentType, typeof RETURN>;
  /** All documents: the head, then the others by date. */
  documents: readonly DalionDocument[];
  /** Posted and not marked for deletion, by date. */
  shipments: readonly DalionDocument[];
  returns: readonly DalionDocument[];
  /** Shipments that are written but do not count. */
  withdrawn: readonly DalionDocument[];
  /** Documents that are no part of the deal, and what to do about them. */
  strangers: readonly Notice[];
}

/** The sale, or why these documents make none yet. Does not depend on their order. */
export function readSale(
  documents: readonly DalionDocument[],
  { settings, toInstant }: FoldContext<DalionSettings>,
): Sale | Notice {
  const byDate = documents
    .map((document) => ({ document, at: toInstant(document.date), type: toType(document.type, settings.types) }))
    .sort((left, right) => left.at - right.at || (left.document.guid < right.document.guid ? -1 : 1));
  const head = byDate.find(({ document }) => document.guid === dealKey(document));
  const unknown = [head, ...byDate].find((member) => member?.type === null);
  if (!head) return unknown ? typeUnknown(unknown.document) : baseMissing(byDate[0]?.document);
  if (head.type === null) return typeUnknown(head.document);
  if (head.type === RETURN) return BASE_EMPTY;
  const shipments = byDate.filter(({ type }) => type === SHIPMENT);
  const others = byDate.filter((member) => member !== head);
  return {
    head: head.document,
    headType: head.type,
    documents: [head, ...others].map(toDocument),
    shipments: shipments.map(toDocument).filter(isCounted),
    returns: byDate
      .filter(({ type }) => type === RETURN)
      .map(toDocument)
      .filter(isCounted),
    withdrawn: shipments.map(toDocument).filter((document) => !isCounted(document)),
    strangers: others.flatMap(({ document, type }) => {
      if (document.deleted) return [];
      if (type === null) return typeUnknown(document);
      return type === SHIPMENT || type === RETURN ? [] : orderHasBase(document);
    }),
  };
}

/** A base that does not say whether it is posted sends only what is. */
function isCounted({ posted, deleted }: DalionDocument): boolean {
  return posted !== false && !deleted;
}

function toDocument({ document }: { document: DalionDocument }): DalionDocument {
  return document;
}

const BASE_EMPTY: Notice = {
  code: "BASE_MISSING",
  message: "У возврата нет основания. Передайте в base заказ, а для продажи без заказа — реализацию",
};

function typeUnknown({ type }: DalionDocument): Notice {
  const message = `Вид документа «${type}» неизвестен. Задайте его в настройке types: ${documentTypes.join(", ")}`;
  return { code: "TYPE_UNKNOWN", message };
}

function baseMissing(document: DalionDocument | undefined): Notice {
  const name = [document?.base?.type ?? "Основание", document?.base?.number].filter(Boolean).join(" ");
  const message = `${name}: документ ещё не передан. Отправьте его; основание накладной и возврата по заказу — сам заказ`;
  return { code: "ORDER_MISSING", message };
}

function orderHasBase({ type, number }: DalionDocument): Notice {
  const message = `${type} ${number}: заказ передан с основанием и отдельной сделкой не стал. Отправьте его без base`;
  return { code: "ORDER_HAS_BASE", message };
}
