/** IPv4 addresses and ranges of them, `92.118.66.0/23`. */

const RANGE = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/;

export function isAddressRange(text: string): boolean {
  return parseRange(text) !== undefined;
}

/** An address that is none of IPv4 lies in no range. One written as IPv6 (`::ffff:92.118.66.7`) is read. */
export function isInRange(address: string, range: string): boolean {
  const wanted = parseRange(range);
  const given = parseRange(address.replace(/^::ffff:/i, ""));
  if (!wanted || given?.bits !== 32) return false;
  const size = 2 ** (32 - wanted.bits);
  return Math.floor(given.value / size) === Math.floor(wanted.value / size);
}

function parseRange(text: string): { value: number; bits: number } | undefined {
  const [, ...parts] = RANGE.exec(text) ?? [];
  const [first = -1, second = -1, third = -1, fourth = -1] = parts.slice(0, 4).map(Number);
  const bits = parts[4] === undefined ? 32 : Number(parts[4]);
  if (bits > 32 || [first, second, third, fourth].some((part) => part < 0 || part > 255)) return undefined;
  return { value: ((first * 256 + second) * 256 + third) * 256 + fourth, bits };
}
