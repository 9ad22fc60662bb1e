/** What the vendor demands of a webhook: codes 30000–30010. */
import { refuse } from "./api-error.ts";
import { type Entity, type Patch, type Scalar, textOf } from "./entity.ts";
import { findKind } from "./kinds.ts";
import type { Tariff } from "./merchant.ts";
import type { Actor } from "./session.ts";

const URL_LENGTH_MAX = 255;
const PER_TRIGGER_USER_MAX = 5;
const PER_TRIGGER_SOLUTION_MAX = 1;

export function toWebhook(patch: Patch): Record<string, Scalar> {
  const isUpdate = patch.scalars["action"] === "UPDATE";
  return { method: "POST", enabled: true, ...(isUpdate ? { diffType: "NONE" } : {}) };
}

/** @throws ApiError for rights and tariff, before anything else is looked at. */
export function checkWebhookRights(isAdmin: boolean, tariff: Tariff): void {
  if (!isAdmin) throw refuse(30004, "Вебхуками управляет только администратор");
  if (tariff === "free") throw refuse(30006, "Вебхуки доступны только на платных тарифах");
}

export function checkWebhook(webhook: Entity, peers: Entity[], actor: Actor, tariff: Tariff): void {
  checkWebhookRights(actor.isAdmin, tariff);
  const url = textOf(webhook, "url");
  const action = textOf(webhook, "action");
  const entityType = textOf(webhook, "entityType");
  if (!findKind(entityType) || entityType === "webhook") {
    throw refuse(30000, `Вебхуки на '${entityType}' не поддерживаются`, "entityType");
  }
  if (url.length > URL_LENGTH_MAX) throw refuse(30005, "Адрес вебхука длиннее 255 символов", "url");
  if (!isWebAddress(url)) throw refuse(30010, "Неверный адрес вебхука", "url");
  if (webhook.scalars["diffType"] !== undefined && action !== "UPDATE") {
    throw refuse(30009, "diffType бывает только у UPDATE", "diffType");
  }
  const sameTrigger = peers.filter(
    (peer) => textOf(peer, "entityType") === entityType && textOf(peer, "action") === action,
  );
  if (sameTrigger.some((peer) => textOf(peer, "url") === url)) throw refuse(30003, "Такой вебхук уже есть", "url");
  const most = actor.authKind === "solution" ? PER_TRIGGER_SOLUTION_MAX : PER_TRIGGER_USER_MAX;
  if (sameTrigger.length >= most) throw refuse(30007, "Слишком много вебхуков на это событие");
}

export function isWebAddress(text: string): boolean {
  return /^https?:\/\/\S/.test(text) && URL.canParse(text);
}
