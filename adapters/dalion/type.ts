/** What a document is, by the name its base gives it. */
export const ORDER = "ЗаказПокупателя";
export const WORK_ORDER = "ЗаказНаряд";
export const SHIPMENT = "Реализация";
export const RETURN = "Возврат";
export const documentTypes = [ORDER, WORK_ORDER, SHIPMENT, RETURN] as const;
export type DocumentType = (typeof documentTypes)[number];

/** Metadata names common in 1C; what 1C shows people in their place differs in spaces and case only. */
const KNOWN = new Map<string, DocumentType>([
  ["заказпокупателя", ORDER],
  ["заказклиента", ORDER],
  ["заказнаряд", WORK_ORDER],
  ["реализация", SHIPMENT],
  ["реализациятоваров", SHIPMENT],
  ["реализациятоваровуслуг", SHIPMENT],
  ["реализациятоваровиуслуг", SHIPMENT],
  ["расходнаянакладная", SHIPMENT],
  ["возврат", RETURN],
  ["возвраттоваров", RETURN],
  ["возвраттоваровотклиента", RETURN],
  ["возвраттоваровотпокупателя", RETURN],
  ["возвратотпокупателя", RETURN],
]);

/** The settings' own names come first. Null: nobody knows the name. */
export function toType(name: string, types: Readonly<Record<string, DocumentType>>): DocumentType | null {
  const plain = toPlain(name);
  const own = Object.entries(types).find(([each]) => toPlain(each) === plain);
  return own?.[1] ?? KNOWN.get(plain) ?? null;
}

/**
 * Whose deal a document is must not depend on the settings, which may change after it was kept: a name that begins or ends
 * with «заказ» is an order's, whether the settings know it or not.
 */
export function isOrderName(name: string): boolean {
  return /^заказ|заказ$/.test(toPlain(name));
}

function toPlain(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}
