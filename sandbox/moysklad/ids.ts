/** Ids in order, so that a run can be repeated. Like the vendor's they are no RFC 9562 UUIDs: the variant digit is 0. */
export interface Ids {
  next(): string;
  /** A default `externalCode`: 22 characters. */
  code(): string;
  /** An access token: 40 hexadecimal digits. */
  token(): string;
}

const GOLDEN = 2_654_435_761;

export function createIds(): Ids {
  let count = 0;
  const hex = (length: number) => count.toString(16).padStart(length, "0");
  const scattered = () => (Math.imul(count, GOLDEN) >>> 0).toString(16).padStart(8, "0");
  return {
    next() {
      count += 1;
      return `${scattered()}-${hex(4).slice(-4)}-11f1-0a80-${hex(12)}`;
    },
    code() {
      count += 1;
      return `${scattered()}${hex(14)}`;
    },
    token() {
      count += 1;
      return `${scattered()}${hex(32)}`;
    },
  };
}

export function isGuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}
