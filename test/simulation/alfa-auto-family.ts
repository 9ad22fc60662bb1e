/** Documents of Alfa-Auto that make one deal, or are moved into one. */
import fc from "fast-check";
import type { DocumentHistory } from "./scenario.ts";

const GUID = (family: number, index: number) =>
  `${String(family).padStart(4, "0")}${String(index).padStart(4, "0")}-0000-11f1-80d6-2c44fd8322a7`;

const day = (ofMonth: number) => `2026-11-${String(ofMonth).padStart(2, "0")}`;

const orderStatus = fc.constantFrom("В работе", "Согласование", "Выполнен", "Закрыт", "Отказ от заезда");

const orderStates = fc
  .array(fc.tuple(orderStatus, fc.boolean()), { minLength: 1, maxLength: 4 })
  .map((states) => states.map(([status, isDeleted], version) => ({ status, isDeleted, version })));

/** A deletion mark set and removed: the last state is the first one again. */
const thereAndBack = fc.tuple(orderStatus, orderStatus).map(([status, other]) => [
  { status, isDeleted: false, version: 0 },
  { status: other, isDeleted: true, version: 1 },
  { status, isDeleted: false, version: 0 },
]);

/** An appointment, work orders of it, or both; the base of a work order may be filled in only later. */
export function alfaAutoFamily(index: number): fc.Arbitrary<DocumentHistory[]> {
  return fc
    .record({
      shape: fc.constantFrom("appointment", "order", "both", "both", "late-base"),
      orders: fc.integer({ min: 1, max: 2 }),
      states: fc.oneof(orderStates, thereAndBack),
      appointmentStates: fc.integer({ min: 1, max: 2 }),
    })
    .map(({ shape, orders, states, appointmentStates }) => {
      const number = `ПС${String(index).padStart(6, "0")}`;
      const appointment = { guid: GUID(index, 0), type: "ЗаявкаНаРемонт", number, date: `${day(10 + index)}T09:00:00` };
      const histories: DocumentHistory[] = [];
      if (shape !== "order") {
        const list = ["Предварительная заявка", "Подтвержденная заявка"].slice(0, appointmentStates);
        histories.push({
          guid: appointment.guid,
          states: list.map((status, version) => ({
            ...appointment,
            status,
            statusDate: `${day(12 + version)}T10:00:00`,
            amount: 100 + version,
            manager: "Соколов",
            phones: `7900000000${index}`,
            version: String(version + 1),
          })),
        });
      }
      if (shape === "appointment") return histories;
      for (let order = 1; order <= orders; order += 1) {
        const guid = GUID(index, order);
        histories.push({
          guid,
          states: states.map(({ status, isDeleted, version }, place) => ({
            guid,
            type: "ЗаказНаряд",
            number: `ЗН${String(index * 10 + order).padStart(6, "0")}`,
            date: `${day(13)}T0${order}:00:00`,
            status,
            statusDate: `${day(14 + version)}T1${order}:00:00`,
            amount: 1_000 * order + version,
            manager: `Мастер ${order}`,
            deleted: isDeleted,
            version: String(place + 1),
            ...(shape === "order" || (shape === "late-base" && place === 0) ? {} : { base: appointment }),
          })),
        });
      }
      return histories;
    });
}
