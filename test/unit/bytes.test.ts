import { describe, expect, it } from "vitest";
import { fromBase64, isEqualConstantTime, sha256, toBase64, toHex } from "../../src/bytes.ts";

const all = Uint8Array.from({ length: 256 }, (_, index) => index);

describe("bytes and their texts", () => {
  it("every byte survives base64", () => {
    for (const bytes of [all, all.subarray(0, 0), all.subarray(1, 2), all.subarray(0, 17)]) {
      expect([...fromBase64(toBase64(bytes))]).toEqual([...bytes]);
    }
    expect(toBase64(all.subarray(0, 3))).toBe("AAEC");
  });

  it("what is no base64 is refused", () => {
    for (const text of ["*", "A", "я"]) expect(() => fromBase64(text)).toThrow();
  });

  it("hex has two digits for each byte", () => {
    expect(toHex(all.subarray(8, 18))).toBe("08090a0b0c0d0e0f1011");
    expect(toHex(all).length).toBe(512);
  });

  it("the digest is that of the UTF-8 text", async () => {
    expect(await sha256("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(await sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(await sha256("ключ")).not.toBe(await sha256("Ключ"));
  });

  it.each([
    ["secret", "secret", true],
    ["", "", true],
    ["secret", "secreT", false],
    ["secret", "secre", false],
    ["secret", "secrets", false],
    ["secret", "", false],
    ["", "secret", false],
    ["\u0000", "", false],
    ["ключ", "ключ", true],
  ])("%j and %j are equal: %j", (left, right, isEqual) => {
    expect(isEqualConstantTime(left, right)).toBe(isEqual);
  });
});
