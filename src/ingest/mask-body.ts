/** A body for Calltouch without what identifies the client: `79157771122` becomes `7915***1122`. Pure. */

/** By the name of the field, wherever in the body it stands. */
const MASKS: Readonly<Record<string, (text: string) => string>> = {
  phones: maskPhone,
  phoneNumber: maskPhone,
  emails: maskFromFirst,
  email: maskFromFirst,
  fio: maskFromFirst,
  // People type names and numbers freely into a comment.
  comment: () => "***",
};

export function maskBody(value: unknown, mask?: (text: string) => string): unknown {
  if (typeof value === "string") return mask ? mask(value) : value;
  if (Array.isArray(value)) return value.map((item) => maskBody(item, mask));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, maskBody(part, mask ?? MASKS[name])]));
}

function maskPhone(phone: string): string {
  return `${phone.slice(0, 4)}***${phone.slice(-4)}`;
}

/** An e-mail keeps that it is one. */
function maskFromFirst(text: string): string {
  const [first = ""] = text;
  return text.includes("@") ? `${first}***@***` : `${first}***`;
}
