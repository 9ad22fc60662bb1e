/** From a path to what answers it; every refusal becomes the vendor's error body. */
import { ApiError, refuse } from "./api-error.ts";
import { type Answer, type Ask, byMethod, ok, toRefusal } from "./ask.ts";
import { answerAudit, answerContexts } from "./audit-routes.ts";
import { answerEntity } from "./entity-routes.ts";
import { findKind } from "./kinds.ts";
import { answerMetadata } from "./metadata-routes.ts";
import { render } from "./render.ts";

export function route(ask: Ask): Answer {
  try {
    return find(ask);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return toRefusal(error);
  }
}

function find(ask: Ask): Answer {
  const [root, second, third] = ask.segments;
  switch (root) {
    case "security":
      if (second === "token") return byMethod(ask, { POST: () => ok({ access_token: ask.rotateToken() }) });
      break;
    case "context":
      if (second === "employee") return byMethod(ask, { GET: () => answerEmployee(ask) });
      if (second === "application") return byMethod(ask, { GET: () => answerApplication(ask) });
      break;
    case "audit":
      return byMethod(ask, { GET: () => answerContexts(ask) });
    case "entity": {
      const kind = findKind(second ?? "");
      if (!kind) throw refuse(1005, `Неизвестный тип: '${second ?? ""}'`);
      if (third === "metadata") return answerMetadata(kind, ask);
      if (ask.segments[3] === "audit") return byMethod(ask, { GET: () => answerAudit(kind, ask) });
      return answerEntity(kind, ask);
    }
  }
  throw unknownPath(ask);
}

export function unknownPath({ path }: Ask): ApiError {
  return refuse(1002, `Неопознанный путь: ${path}`);
}

function answerEmployee({ principal, view }: Ask): Answer {
  const employee = principal.merchant.store.get(principal.employeeId ?? "");
  if (!employee) throw refuse(55006, "У решения нет сотрудника");
  const permissions = {
    admin: { VIEW: principal.isAdmin ? "ALL" : "NO" },
    tariff_crm: { VIEW: principal.merchant.tariff === "paid" ? "ALL" : "NO" },
  };
  return ok({ ...render(employee, {}, view), permissions });
}

function answerApplication({ principal }: Ask): Answer {
  if (principal.authKind !== "solution") throw refuse(1016, "Это не токен решения");
  return ok({ accountId: principal.merchant.accountId, name: principal.login });
}
