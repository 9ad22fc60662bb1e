/** Leads of an invented shop. */
import { type Lead, lead } from "../../src/lead.ts";

export const CALLED_AT = Date.UTC(2026, 10, 22, 9, 29, 41);

export function call(patch: Partial<Lead> = {}): Lead {
  return lead.parse({
    kind: "call",
    id: 700112233,
    at: CALLED_AT,
    isFinished: true,
    phone: "79991234567",
    source: "yandex",
    medium: "cpc",
    utmSource: "yandex_direct",
    utmMedium: "cpc",
    utmCampaign: "Запчасти; Москва",
    utmTerm: "купить фильтр",
    googleClientId: "1234567890.1700000000",
    tags: ["Запись на ТО", "Отдел запчастей"],
    ...patch,
  });
}

export function request(patch: Partial<Lead> = {}): Lead {
  return lead.parse({
    kind: "request",
    id: 500900,
    at: CALLED_AT,
    isFinished: true,
    phone: "79991234567",
    email: "Client@Example.ru",
    name: "Иванова Мария",
    subject: "Форма «Обратный звонок»",
    comment: "Нужен фильтр\nСрочно",
    source: "google",
    medium: "organic",
    tags: [],
    ...patch,
  });
}
