/** The client of a lead: found in MoySklad, or made under an id that makes it only once. */
import * as z from "zod";
import type { ApiContext, Lead } from "../../src/adapter.ts";
import { type MoyskladClient, RefusedError } from "./client.ts";
import { type FoundCounterparty, findCounterparty } from "./find-counterparty.ts";
import { toLeadCode } from "./order.ts";
import { normalizePhone } from "./phone.ts";
import type { MoyskladSettings } from "./settings.ts";
import { toSyncId } from "./sync-id.ts";

const PATH = "/entity/counterparty";
const NAME_LENGTH_MAX = 255;
const BAD_EMAIL = 3015;
/** A backslash cannot be written in a filter, and no real address has one. */
const EMAIL = /^[^@\s\\<>"()[\]:;,]+@[^@\s\\<>"()[\]:;,.]+(\.[^@\s\\<>"()[\]:;,.]+)+$/;

export interface Counterparty {
  id: string;
  /** One for everybody who left neither a phone nor an e-mail. */
  isShared: boolean;
}

/** @throws RefusedError when MoySklad does not take a new counterparty. */
export async function placeCounterparty(
  lead: Lead,
  client: MoyskladClient,
  context: ApiContext<MoyskladSettings>,
): Promise<Counterparty> {
  const contacts = readContacts(lead);
  const found = await findCounterparty(client, contacts);
  if (found) {
    if (found.others > 0) context.log({ level: "info", event: "moysklad_counterparty_shared", others: found.others });
    await fill(found, contacts, client, context);
    return { id: found.id, isShared: false };
  }
  const isShared = contacts.phone === undefined && contacts.email === undefined;
  const body = {
    ...(isShared ? toSharedBody(lead) : toOwnBody(lead, contacts)),
    companyType: context.settings.companyType,
    syncId: await toSyncId(context.connectionId, `counterparty:${toPurpose(lead, contacts)}`),
  };
  return { id: await create(body, client), isShared };
}

interface Contacts {
  phone?: string;
  email?: string;
}

function readContacts({ phone, email }: Lead): Contacts {
  const lower = email?.trim().toLowerCase() ?? "";
  return {
    ...(phone === undefined ? {} : { phone: normalizePhone(phone) }),
    ...(EMAIL.test(lower) ? { email: lower } : {}),
  };
}

function toPurpose(lead: Lead, { phone, email }: Contacts): string {
  if (phone !== undefined) return `phone:${phone}`;
  return email === undefined ? `anonymous:${lead.kind}` : `email:${email}`;
}

interface Body {
  name: string;
  phone?: string;
  email?: string;
  externalCode: string;
}

function toSharedBody({ kind }: Lead): Body {
  const name = kind === "call" ? "Звонок со скрытого номера" : "Заявка без телефона и почты";
  return { name, externalCode: `ct:anonymous:${kind}` };
}

function toOwnBody(lead: Lead, { phone, email }: Contacts): Body {
  const contact = phone === undefined ? (email ?? "") : `+${phone}`;
  const name = lead.name?.trim() || `${lead.kind === "call" ? "Звонок" : "Заявка"} ${contact}`;
  return {
    name: name.slice(0, NAME_LENGTH_MAX).toWellFormed(),
    externalCode: toLeadCode(lead),
    ...(phone === undefined ? {} : { phone: `+${phone}` }),
    ...(email === undefined ? {} : { email }),
  };
}

async function create(body: Body & { syncId: string }, client: MoyskladClient): Promise<string> {
  const created = z.object({ id: z.guid() });
  try {
    return created.parse(await client.post(PATH, body)).id;
  } catch (error) {
    // The order's description keeps the address as it was given.
    if (!(error instanceof RefusedError && error.has(BAD_EMAIL)) || body.email === undefined) throw error;
    const { email: _, ...withoutEmail } = body;
    return created.parse(await client.post(PATH, withoutEmail)).id;
  }
}

/** Only what is empty, and only in someone who was found by a contact of their own. */
async function fill(
  found: FoundCounterparty,
  { phone, email }: Contacts,
  client: MoyskladClient,
  context: ApiContext<MoyskladSettings>,
): Promise<void> {
  const missing = {
    ...(phone !== undefined && found.phone.trim() === "" ? { phone: `+${phone}` } : {}),
    ...(email !== undefined && found.email.trim() === "" ? { email } : {}),
  };
  if (!found.isOwn || Object.keys(missing).length === 0) return;
  try {
    await client.put(`${PATH}/${found.id}`, missing);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    // The order matters more: it has both in its description.
    context.log({ level: "warn", event: "moysklad_counterparty_not_filled", status: error.status });
  }
}
