/**
 * Phones as people type them into MoySklad, which keeps them as they are. Pure. A phone is compared by its digits in the
 * international form.
 */

const RUN = /\+?[(\d][\d\s().\-\u2010-\u2015]*/g;
const DIGITS_MIN = 10;
const DIGITS_MAX = 15;
const RUSSIAN_DIGITS = 11;
const BEHIND_RUSSIAN = /^(\D*[78](?:\D*\d){10})\D+(\d.*)$/s;

/**
 * Every number a text may be read as: two in one field, with an extension, with or without the country. More than was
 * meant does no harm, for a reading is only ever compared with a number that is looked for.
 */
export function readPhones(text: string): string[] {
  const runs = text.slice(0, 1_000).match(RUN) ?? [];
  return [...new Set(runs.flatMap(readRun))];
}

/** Digits only, beginning with the country. */
export function normalizePhone(text: string): string {
  const digits = text.replace(/\D/g, "");
  if (digits.length === DIGITS_MIN) return `7${digits}`;
  return digits.length === RUSSIAN_DIGITS && digits.startsWith("8") ? `7${digits.slice(1)}` : digits;
}

function readRun(run: string): string[] {
  const parts = run.trim().split(/\s+/);
  const whole = normalizePhone(run);
  const glued = parts.length > 1 && parts.every((part) => normalizePhone(part).length >= DIGITS_MIN);
  const readings = glued ? parts.map(normalizePhone) : [whole];
  // Something stands behind a Russian number with no word between: an extension, or another number.
  const [first, rest] = BEHIND_RUSSIAN.exec(run)?.slice(1) ?? [];
  if (first !== undefined && rest !== undefined) readings.push(normalizePhone(first), ...readRun(rest));
  return readings.filter(({ length }) => length >= DIGITS_MIN && length <= DIGITS_MAX);
}

/** The ways a number is usually typed, for a search that compares letter by letter. `phone` is normalised. */
export function toSpellings(phone: string): string[] {
  const [found, area = "", start = "", middle = "", end = ""] = /^7(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(phone) ?? [];
  if (found === undefined) return [`+${phone}`, phone];
  const bare = area + start + middle + end;
  const local = `${start}-${middle}-${end}`;
  const bodies = [
    bare,
    `(${area})${local}`,
    `(${area}) ${local}`,
    `(${area}) ${start} ${middle} ${end}`,
    `(${area})${start}${middle}${end}`,
    `(${area}) ${start}${middle}${end}`,
    `${area} ${local}`,
    `${area}-${local}`,
    `${area} ${start} ${middle} ${end}`,
    `${area} ${start}${middle}${end}`,
    `(${area}) ${bare.slice(3, 5)}-${bare.slice(5, 8)}-${end}`,
    `${area} ${bare.slice(3, 5)} ${bare.slice(5, 8)} ${end}`,
    ...toCityCodeBodies(bare),
  ];
  return [
    ...["+7", "7", "8", ""].map((country) => country + bare),
    ...bodies.slice(1).flatMap((body) => [`+7 ${body}`, `+7${body}`, `8 ${body}`, `8${body}`, body]),
    `+7-${area}-${local}`,
    `8-${area}-${local}`,
    `8-${area}-${start}${middle}${end}`,
  ];
}

/** Towns have codes of four or five digits: `(4852) 12-34-56`, `(48539) 5-12-34`. */
function toCityCodeBodies(bare: string): string[] {
  if (bare.startsWith("9")) return [];
  const pairs = (text: string) => text.replace(/(\d{2})(\d{2})$/, "-$1-$2");
  return [4, 5].map((length) => `(${bare.slice(0, length)}) ${pairs(bare.slice(length))}`);
}
