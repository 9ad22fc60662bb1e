const SCANNED_MAX = 4_000;
const SHOWN_MAX = 300;
/** Longer than a contact can be before it is recognised, so what the end of the scanned part cuts in two is dropped. */
const DOUBTFUL_TAIL = 300;

/** All repetitions are bounded, so that no answer makes the search slow. */
const EMAIL = /([\p{L}\d])[\p{L}\d._%+-]{0,253}@[\p{L}\d.-]{1,253}/gu;
const OUR_DATE_OR_PHONE = /(\d{2}-\d{2}-\d{4} \d{2}:\d{2}:\d{2})|\+?\d(?:[\s()./\u2010-\u2015\u2212-]{0,3}\d){9,14}/g;

/**
 * A text of Calltouch's, short and without what looks like a phone, an e-mail or the token, fit to be stored and shown:
 * `79157771122` becomes `7915***1122`. It may mask a long number that is no phone; it must not miss one that is.
 */
export function mask(text: string, token: string): string {
  let shown = text.slice(0, SCANNED_MAX);
  for (const secret of [token, encodeURIComponent(token)]) shown = shown.replaceAll(secret, "***");
  shown = shown
    .replace(EMAIL, "$1***@***")
    .replace(OUR_DATE_OR_PHONE, (found, date?: string) => date ?? maskPhone(found));
  if (text.length > SCANNED_MAX) shown = shown.slice(0, -DOUBTFUL_TAIL);
  return shown.slice(0, SHOWN_MAX).toWellFormed();
}

function maskPhone(phone: string): string {
  const digits = phone.replace(/\D/g, "");
  return `${digits.slice(0, 4)}***${digits.slice(-4)}`;
}
