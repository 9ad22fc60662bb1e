/** The grammar of `matching` and `reMatching`: nine kinds of matcher, each with its own params object. */
import * as z from "zod";
import type { Knobs } from "./knobs.ts";
import { normalizePhone } from "./lead.ts";
import { parseBodyDate } from "./wire-date.ts";

const PHONE_DIGITS_MIN = 10;
const PHONE_DIGITS_MAX = 15;

export const bodyDate = z.string().refine((text) => parseBodyDate(text) !== null, {
  error: "expected a real date as DD-MM-YYYY HH:mm:ss",
});

/** Calltouch normalises masks itself, so any spelling with enough digits will do. */
export const phone = z.string().refine(
  (text) => {
    const { length } = normalizePhone(text);
    return length >= PHONE_DIGITS_MIN && length <= PHONE_DIGITS_MAX;
  },
  { error: "expected a phone number" },
);
export const email = z.string().regex(/^[^\s@]+@[^\s@]+$/, { error: "expected an e-mail" });
const messengerId = z.string().min(1);

export function createMatcherSchema(knobs: Knobs) {
  const leadTags = {
    tags: z.array(z.string().min(1).max(knobs.tagMax)).min(1).optional(),
    tagsLogic: z.enum(["and", "or"]).optional(),
  };
  const typeToMatch = z.enum(["nearest", "nearestUniq"]);
  const byContact = {
    ...leadTags,
    phones: z.array(phone).min(1).optional(),
    date: bodyDate,
    searchDepth: z.int().min(1).max(knobs.searchDepthMax),
  };
  const emails = z.array(email).min(1).optional();
  const messengerIds = z.array(messengerId).min(1).optional();
  const leadId = z.int().positive();
  const sourceField = z.string().min(1).max(knobs.sourceMax);

  return z.discriminatedUnion("type", [
    z.object({ type: z.literal("call"), callParams: z.object({ ...leadTags, callId: leadId }) }),
    z.object({ type: z.literal("request"), requestParams: z.object({ ...leadTags, requestId: leadId }) }),
    z.object({ type: z.literal("chat"), chatParams: z.object({ ...leadTags, chatId: leadId }) }),
    z.object({
      type: z.literal("callContact"),
      callContactParams: z.object({ ...byContact, callTypeToMatch: typeToMatch, phones: z.array(phone).min(1) }),
    }),
    z.object({
      type: z.literal("requestContact"),
      requestContactParams: z
        .object({ ...byContact, emails, requestTypeToMatch: typeToMatch })
        .refine(hasContact, { error: "expected a contact" }),
    }),
    z.object({
      type: z.literal("leadContact"),
      leadContactParams: z
        .object({ ...byContact, emails, leadTypeToMatch: typeToMatch, withChats: z.boolean().optional() })
        .refine(hasContact, { error: "expected a contact" }),
    }),
    z.object({
      type: z.literal("chatContact"),
      chatContactParams: z
        .object({
          ...byContact,
          emails,
          waPhones: z.array(phone).min(1).optional(),
          tgIds: messengerIds,
          tgUsernames: messengerIds,
          vkIds: messengerIds,
          chatTypeToMatch: typeToMatch,
        })
        .refine(hasContact, { error: "expected a contact" }),
    }),
    z.object({
      type: z.literal("customSources"),
      customSourceParams: z.object({
        source: sourceField,
        medium: sourceField,
        campaign: sourceField.optional(),
        content: sourceField.optional(),
        term: sourceField.optional(),
      }),
    }),
    z.object({ type: z.literal("withoutSource") }),
  ]);
}
export type Matcher = z.infer<ReturnType<typeof createMatcherSchema>>;
export type CustomSource = Extract<Matcher, { type: "customSources" }>["customSourceParams"];

const CONTACT_KEYS = ["phones", "emails", "waPhones", "tgIds", "tgUsernames", "vkIds"];

function hasContact(params: object): boolean {
  return CONTACT_KEYS.some((key) => key in params);
}
