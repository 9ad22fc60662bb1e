/** `СериализаторXDTO.ЗаписатьJSON` wraps values in `#type` and `#value`: readable as JSON, and not what is meant. */
import { type DocumentResult, errorOf } from "../ingest/result.ts";

export const XDTO = errorOf("XDTO", "Передан XDTO-JSON, ожидается обычный JSON: используйте ЗаписатьJSON");

const FIELDS_MAX = 100;

/** Whether the value itself, or a field or an item of it, is wrapped. Never deeper: the body decides how deep it goes. */
export function isXdto(value: unknown): boolean {
  if (isWrapped(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).slice(0, FIELDS_MAX).some(isWrapped);
}

/** A wrapped document is unreadable to every adapter; here its error says why. */
export function explainXdto(results: readonly DocumentResult[], documents: readonly unknown[]): DocumentResult[] {
  return results.map((result) =>
    result.result === "error" && isXdto(documents[result.index]) ? { ...result, ...XDTO } : result,
  );
}

function isWrapped(value: unknown): boolean {
  return typeof value === "object" && value !== null && ("#type" in value || "#value" in value);
}
