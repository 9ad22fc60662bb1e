/** A lead: one call or one request of a client, as Calltouch tells of it by webhook or in its journals. */
import * as z from "zod";
import { instant } from "./deal.ts";

const text = z.string().min(1).max(2_000);

export const lead = z.strictObject({
  kind: z.enum(["call", "request"]),
  /** Calltouch's own id: callId or requestId. */
  id: z.int().positive(),
  /** When the call began or the request was sent. */
  at: instant,
  /** A call is told of when it begins and once more when it is over; only then is the rest known. */
  isFinished: z.boolean(),
  /** Digits only, in the international form; absent when the number is hidden. */
  phone: z
    .string()
    .regex(/^\d{10,15}$/)
    .optional(),
  email: z.string().min(3).max(254).optional(),
  name: text.optional(),
  /** What the client wrote into the form, and the form's name. */
  comment: text.optional(),
  subject: text.optional(),
  /** Of a call. Absent: not known. */
  durationSeconds: z.int().min(0).optional(),
  isAnswered: z.boolean().optional(),
  isTarget: z.boolean().optional(),
  isUnique: z.boolean().optional(),
  /** Of the visit it came from. Calltouch's placeholders («<не указано>», «(not set)») are left out. */
  source: text.optional(),
  medium: text.optional(),
  utmSource: text.optional(),
  utmMedium: text.optional(),
  utmCampaign: text.optional(),
  utmContent: text.optional(),
  utmTerm: text.optional(),
  googleClientId: text.optional(),
  /** Automatic tags of calls (by tone and by number), in that order, and the tags of requests. */
  tags: z.array(text).max(100),
});
export type Lead = z.infer<typeof lead>;
