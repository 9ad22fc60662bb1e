/** Looks for planted secrets in bytes, in every form they may have taken on the way. */

const escaped = (text: string) =>
  text.replace(/[^\x20-\x7e]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** A text in base64, whatever stood before it: without the characters that its neighbours have a part in. */
function base64s(text: string): string[] {
  return ["", "x", "xx"].map((before) => {
    const whole = Buffer.from(before + text)
      .toString("base64")
      .replace(/=+$/, "");
    return whole.slice(Math.ceil((before.length * 8) / 6), -1);
  });
}

export function encodings(text: string): string[] {
  const hex = Buffer.from(text).toString("hex");
  return [text, escaped(text), JSON.stringify(text).slice(1, -1), encodeURIComponent(text), hex, ...base64s(text)];
}

/** What of the planted can be read in these bytes; the case of letters does not count. */
export function foundIn(bytes: Uint8Array | string, planted: readonly string[]): string[] {
  const text = Buffer.from(bytes).toString("utf8");
  const lower = text.toLowerCase();
  const wide = Buffer.from(bytes).toString("utf16le").toLowerCase();
  return planted.filter(
    (secret) =>
      encodings(secret).some((each) => text.includes(each) || lower.includes(each.toLowerCase())) ||
      wide.includes(secret.toLowerCase()),
  );
}
