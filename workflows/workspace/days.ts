/** A day as Plane writes due dates, `2026-11-27`: such texts compare as the days do. */
export type Day = string;

/** The day that an instant falls on in a time zone; no day there needs to have 24 hours. */
export function dayOf(instant: number, timeZone: string): Day {
  const parts = formatOf(timeZone).formatToParts(instant);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** To make one takes twenty times as long as to use it. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  formats.set(timeZone, format);
  return format;
}

/** The day before: of the calendar, so that a change of clocks has no say in it. */
export function dayBefore(day: Day): Day {
  return new Date(Date.parse(day) - 24 * 60 * 60_000).toISOString().slice(0, 10);
}

/** « mercredi 25 novembre ». */
export function inFull(day: Day): string {
  return inFrench(day, { weekday: "long", day: "numeric", month: "long" });
}

/** « 27/11 ». */
export function inShort(day: Day): string {
  return inFrench(day, { day: "2-digit", month: "2-digit" });
}

/** « novembre ». */
export function monthOf(day: Day): string {
  return inFrench(day, { month: "long" });
}

function inFrench(day: Day, format: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat("fr", { timeZone: "UTC", ...format }).format(Date.parse(day));
}
