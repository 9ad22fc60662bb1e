import type { Notice } from "../../src/adapter.ts";

/** One warning for each field `noteBroken` has noted. */
export function brokenReferences(document: { broken?: readonly string[] }): Notice[] {
  return (document.broken ?? []).map((name) => ({
    code: "BROKEN_REFERENCE",
    message: `Поле ${name}: ссылка на удалённый объект, значение не передано`,
  }));
}

export function withoutRepeats(notices: readonly Notice[]): Notice[] {
  return [...new Map(notices.map((notice) => [notice.code + notice.message, notice])).values()];
}
