/** Ids the bridge gives to what it makes in MoySklad: sent twice, they make one thing. */

/** The namespace of all of them; never to be changed, else everything would be made once more. */
const NAMESPACE = "6d7be7a1-0e0c-4c0b-9d0c-3e5a54ac2d11";
const HEX_BYTE = /[0-9a-f]{2}/g;

/** A version 5 UUID (RFC 9562) of a connection and of what the id is for, such as `order:call:123`. */
export async function toSyncId(connectionId: string, purpose: string): Promise<string> {
  const namespace = (NAMESPACE.replaceAll("-", "").match(HEX_BYTE) ?? []).map((byte) => Number.parseInt(byte, 16));
  const name = new TextEncoder().encode(`${connectionId}:${purpose}`);
  const digest = await crypto.subtle.digest("SHA-1", new Uint8Array([...namespace, ...name]));
  const hex = [...new Uint8Array(digest).slice(0, 16)].map((byte, index) => toHex(mark(byte, index))).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Sets the version and the variant. */
function mark(byte: number, index: number): number {
  if (index === 6) return (byte & 0x0f) | 0x50;
  return index === 8 ? (byte & 0x3f) | 0x80 : byte;
}

function toHex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
