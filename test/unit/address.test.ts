import { describe, expect, it } from "vitest";
import { isAddressRange, isInRange } from "../../src/address.ts";

describe("a range of addresses", () => {
  it.each([
    ["92.118.66.0/23", "92.118.66.0", true],
    ["92.118.66.0/23", "92.118.67.255", true],
    ["92.118.66.0/23", "92.118.65.255", false],
    ["92.118.66.0/23", "92.118.68.0", false],
    ["92.118.67.9/23", "92.118.66.1", true],
    ["92.118.66.7", "92.118.66.7", true],
    ["92.118.66.7", "92.118.66.8", false],
    ["0.0.0.0/0", "255.255.255.255", true],
    ["128.0.0.0/1", "127.255.255.255", false],
    ["255.255.255.255/32", "255.255.255.255", true],
  ])("%s holds %s: %j", (range, address, isIn) => {
    expect(isInRange(address, range)).toBe(isIn);
    expect(isInRange(`::ffff:${address}`, range)).toBe(isIn);
    expect(isInRange(`::FFFF:${address}`, range)).toBe(isIn);
  });

  it.each(["", "::1", "2001:db8::92.118.66.7", "92.118.66", "92.118.66.7.1", "92.118.66.256", "92.118.66.7/24", "x"])(
    "holds nothing that is no single address of IPv4: %j",
    (address) => {
      expect(isInRange(address, "0.0.0.0/0")).toBe(false);
    },
  );

  it.each(["", "92.118.66.0/33", "92.118.66.256/24", "92.118.66/23", "92.118.66.0/", "::/0", "*", "92.118.66.0/23 "])(
    "that is none is told, and lets nobody in: %j",
    (range) => {
      expect(isAddressRange(range)).toBe(false);
      expect(isInRange("92.118.66.7", range)).toBe(false);
    },
  );
});
