const TIME = /"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{6})?Z"/g;

/** A body with all its times moved from UTC into a time zone, `+01:00` at the end, as Django REST framework does. */
export function inTimezone(body: string, zone: string): string {
  const parts = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  return body.replace(TIME, (_, seconds: string, fraction: string | undefined) => {
    const instant = new Date(`${seconds}Z`);
    const local = parts.format(instant).replace(" ", "T");
    const minutes = Math.round((Date.parse(`${local}Z`) - instant.getTime()) / 60_000);
    if (minutes === 0 && zone === "UTC") return `"${seconds}${fraction ?? ""}Z"`;
    const two = (n: number): string => String(Math.trunc(Math.abs(n))).padStart(2, "0");
    const offset = `${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
    return `"${local}${fraction ?? ""}${offset}"`;
  });
}
