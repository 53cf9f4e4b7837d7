/** What an archive says of itself. */
export interface Manifest {
  /** When it was begun. */
  saved: Date;
  planeVersion: string;
  /** When its export of the stack was made; undefined where it has none. */
  exported: Date | undefined;
  /** Names of its parts. */
  members: string[];
  /** Rows by table. */
  rows: Map<string, number>;
  /** SHA-256 of attachments by path in their volume. */
  objects: Map<string, string>;
}

/** Reads the lines that `plane-backup verify` prints. */
export function parseManifest(text: string): Manifest {
  const lines = text.split("\n").map((line) => line.split(" "));
  const of = (kind: string) => lines.filter(([first]) => first === kind).map(([, ...rest]) => rest);
  const exported = of("exported")[0]?.[0];
  return {
    saved: momentOf(of("saved")[0]?.[0] ?? ""),
    planeVersion: of("plane")[0]?.[0] ?? "",
    exported: exported === undefined ? undefined : new Date(exported),
    members: of("member").map(([name = ""]) => name),
    rows: new Map(of("rows").map(([table = "", count]) => [table, Number(count)])),
    objects: new Map(of("object").map(([sum = "", ...path]) => [path.join(" "), sum])),
  };
}

/** The moment that stands in an archive's name and manifest: `20261125T024000Z`. */
export function momentOf(text: string): Date {
  const [, y, mo, d, h, mi, s] = /(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(text) ?? [];
  return new Date(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
}
