/** The `search=` parameter: a substring anywhere in the searched fields. */
import { type Entity, textOf } from "./entity.ts";
import type { Kind } from "./kinds.ts";
import type { Knobs } from "./knobs.ts";

/** Phones compare as the knob says; contact persons are searched too. */
export function createSearch(kind: Kind, text: string, { phoneSearch }: Knobs): (entity: Entity) => boolean {
  const wanted = text.toLowerCase();
  const digits = toDigits(text);
  const matchesText = (value: string) => value.toLowerCase().includes(wanted);
  const matchesPhone = (phone: string) => {
    if (phoneSearch === "raw") return matchesText(phone);
    return digits !== "" && [phone, ...phone.split(/[,;]/)].some((part) => toDigits(part).includes(digits));
  };
  return (entity) => {
    const people = entity.rows["contactpersons"] ?? [];
    return (
      kind.searched.some((name) => (name === "phone" ? matchesPhone : matchesText)(textOf(entity, name))) ||
      people.some((person) => matchesText(textOf(person, "name")) || matchesText(textOf(person, "email"))) ||
      people.some((person) => matchesPhone(textOf(person, "phone")))
    );
  };
}

/** A Russian number typed with 8 is the same as with +7. */
function toDigits(text: string): string {
  const digits = text.replace(/\D/g, "");
  return /^8\d{10}/.test(digits) ? `7${digits.slice(1)}` : digits;
}
