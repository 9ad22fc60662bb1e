/** The entity types the sandbox knows and their fields, as tables: validation, answers, filters and sorting all read them. */

export type Field = { readOnly?: true } & (
  | { kind: "text"; max: number; email?: true }
  | { kind: "guid" }
  | { kind: "number" }
  | { kind: "flag" }
  | { kind: "moment"; fullMinute?: true }
  | { kind: "choice"; of: readonly string[] }
  | { kind: "reference"; to: readonly string[] }
  | { kind: "tags" }
  | { kind: "rows"; of: "position" | "contactperson" }
  | { kind: "operations"; to: readonly string[] }
  | { kind: "rate" }
  | { kind: "account"; code: 17000 | 17001 }
);
export type Fields = Readonly<Record<string, Field>>;

export interface Kind {
  type: string;
  fields: Fields;
  required: readonly string[];
  sortable: readonly string[];
  searched: readonly string[];
  /** Documents have a number and a recycle bin; everything else may be archived at most. */
  isDocument: boolean;
  hasAttributes: boolean;
  hasStates: boolean;
  /** Its page in the web interface, as `uuidHref` names it. */
  page: string;
}

const text: Field = { kind: "text", max: 255 };
const long: Field = { kind: "text", max: 4_096 };
const number: Field = { kind: "number" };
const flag: Field = { kind: "flag" };
const computed: Field = { kind: "number", readOnly: true };
const to = (...types: string[]): Field => ({ kind: "reference", to: types });

export const COMPANY_TYPES = ["legal", "entrepreneur", "individual"] as const;
export const STATE_TYPES = ["Regular", "Successful", "Unsuccessful"] as const;
export const WEBHOOK_ACTIONS = ["CREATE", "UPDATE", "DELETE", "PROCESSED"] as const;
export const ATTRIBUTE_TYPES =
  "string text link long double boolean time file customentity counterparty product project store employee contract organization".split(
    " ",
  );

/** Fields of every body that nobody may set and everybody may send back. */
export const ALWAYS_IGNORED = new Set(
  "meta id accountId version created updated updatedBy deleted salesAmount bonusPoints printed published vatSum payedSum shippedSum invoicedSum reservedSum accounts files notes demands payments invoicesOut prepayments moves purchaseOrders productionTasks returns customerOrders".split(
    " ",
  ),
);

const common: Fields = {
  name: text,
  description: long,
  code: text,
  externalCode: text,
  syncId: { kind: "guid" },
  owner: to("employee"),
  group: to("group"),
  shared: flag,
};

const SORTABLE = ["id", "syncId", "updated", "name", "description", "externalCode", "created"];

const document: Fields = {
  ...common,
  moment: { kind: "moment", fullMinute: true },
  applicable: flag,
  state: to("state"),
  organization: to("organization"),
  agent: to("counterparty", "organization"),
  organizationAccount: { kind: "account", code: 17000 },
  agentAccount: { kind: "account", code: 17001 },
  contract: to("contract"),
  project: to("project"),
  salesChannel: to("saleschannel"),
  rate: { kind: "rate" },
};

const goods: Fields = {
  ...document,
  store: to("store"),
  vatEnabled: flag,
  vatIncluded: flag,
  positions: { kind: "rows", of: "position" },
  sum: computed,
  vatSum: computed,
};

const money: Fields = {
  ...document,
  sum: number,
  paymentPurpose: text,
  incomingNumber: text,
  incomingDate: { kind: "moment", fullMinute: true },
  operations: { kind: "operations", to: ["customerorder", "demand", "invoiceout", "salesreturn"] },
};

function kindOf(type: string, fields: Fields, change: Partial<Kind> = {}): Kind {
  return {
    type,
    fields,
    required: ["name"],
    sortable: SORTABLE,
    searched: ["name", "description"],
    isDocument: false,
    hasAttributes: false,
    hasStates: false,
    page: type,
    ...change,
  };
}

function documentOf(type: string, fields: Fields): Kind {
  return kindOf(type, fields, {
    required: ["organization", "agent"],
    sortable: [...SORTABLE, "moment", "applicable", "sum", "deliveryPlannedMoment"],
    searched: ["name", "description", "incomingNumber"],
    isDocument: true,
    hasAttributes: true,
    hasStates: true,
  });
}

const dictionary: Fields = { ...common, archived: flag };

const counterparty: Fields = {
  ...dictionary,
  companyType: { kind: "choice", of: COMPANY_TYPES },
  phone: text,
  fax: text,
  email: { kind: "text", max: 255, email: true },
  tags: { kind: "tags" },
  state: to("state"),
  contactpersons: { kind: "rows", of: "contactperson" },
  discountCardNumber: text,
  legalTitle: long,
  legalFirstName: text,
  legalMiddleName: text,
  legalLastName: text,
  legalAddress: text,
  actualAddress: text,
  inn: text,
  kpp: text,
};

const KINDS: readonly Kind[] = [
  kindOf("counterparty", counterparty, {
    sortable: [...SORTABLE, "code", "archived", "phone", "email", "fax"],
    searched: ["name", "code", "legalTitle", "discountCardNumber", "email", "phone"],
    hasAttributes: true,
    hasStates: true,
    page: "company",
  }),
  kindOf("organization", { ...dictionary, companyType: { kind: "choice", of: COMPANY_TYPES }, inn: text, kpp: text }),
  kindOf("employee", {
    ...dictionary,
    firstName: text,
    middleName: text,
    lastName: text,
    fullName: { ...text, readOnly: true },
    shortFio: { ...text, readOnly: true },
    uid: { ...text, readOnly: true },
    email: { kind: "text", max: 255, email: true },
    phone: text,
    position: text,
  }),
  ...["group", "currency", "store", "project", "contract", "saleschannel", "product", "service"].map((type) =>
    kindOf(type, dictionary),
  ),
  documentOf("customerorder", {
    ...goods,
    deliveryPlannedMoment: { kind: "moment", fullMinute: true },
    shipmentAddress: text,
  }),
  documentOf("demand", { ...goods, customerOrder: to("customerorder") }),
  documentOf("invoiceout", { ...goods, customerOrder: to("customerorder") }),
  documentOf("salesreturn", { ...goods, demand: to("demand") }),
  ...["paymentin", "cashin", "paymentout", "cashout"].map((type) => documentOf(type, money)),
  kindOf(
    "webhook",
    {
      // Its length is judged by the webhook's own rule.
      url: { kind: "text", max: Number.MAX_SAFE_INTEGER },
      action: { kind: "choice", of: WEBHOOK_ACTIONS },
      entityType: text,
      diffType: { kind: "choice", of: ["NONE", "FIELDS"] },
      method: { ...text, readOnly: true },
      enabled: flag,
    },
    { required: ["url", "action", "entityType"], sortable: ["id"], searched: [] },
  ),
];

/** Kept under an entity's metadata, not at `/entity/…` of their own. */
export const stateKind = kindOf("state", {
  name: text,
  color: number,
  stateType: { kind: "choice", of: STATE_TYPES },
  entityType: { ...text, readOnly: true },
});
export const attributeKind = kindOf(
  "attributemetadata",
  {
    name: text,
    type: { kind: "choice", of: ATTRIBUTE_TYPES },
    required: flag,
    show: flag,
    description: long,
    entityType: { ...text, readOnly: true },
  },
  { required: ["name", "type"] },
);
export const noteKind = kindOf("note", { description: long, author: to("employee") }, { required: ["description"] });

export const ROW_FIELDS: Record<"position" | "contactperson", Fields> = {
  position: {
    quantity: number,
    price: number,
    discount: number,
    vat: number,
    reserve: number,
    assortment: to("product", "service"),
  },
  contactperson: {
    name: text,
    phone: text,
    email: { kind: "text", max: 255, email: true },
    position: text,
    description: long,
  },
};
export const ROW_REQUIRED = { position: ["quantity", "assortment"], contactperson: ["name"] } as const;

const BY_TYPE = new Map([...KINDS, stateKind, attributeKind, noteKind].map((kind) => [kind.type, kind]));
const ROUTED = new Set(KINDS.map(({ type }) => type));

/** Undefined for a type that has no `/entity/{type}` of its own. */
export function findKind(type: string): Kind | undefined {
  return ROUTED.has(type) ? BY_TYPE.get(type) : undefined;
}

/** @throws Error for a type the sandbox itself never stores. */
export function kindOfStored(type: string): Kind {
  const kind = BY_TYPE.get(type);
  if (!kind) throw new Error(`no kind ${type}`);
  return kind;
}
