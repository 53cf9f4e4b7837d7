/** What the shipper takes from a file in Alloy's language. */
export interface ShipperConfiguration {
  /** Docker's API over HTTP. */
  docker: string;
  /** Of containers, with the slash that Docker puts before them. */
  names: RegExp;
  refreshMs: number;
  /** Labels that are the same for all. */
  labels: Record<string, string>;
  mask: (line: string) => string;
  /** Where lines are pushed. */
  loki: string;
}

/** @throws when the file does not say what is needed: the real Alloy would not ship anything either. */
export function parseConfiguration(text: string): ShipperConfiguration {
  const one = (pattern: RegExp): string => {
    const found = pattern.exec(text)?.[1];
    if (found === undefined) throw new Error(`the configuration does not say ${pattern.source}`);
    return found;
  };
  const rules = [...text.matchAll(/rule \{([^}]*)\}/g)].map(([, body = ""]) => body);
  const fixed = rules.flatMap((body) => {
    const label = /target_label\s*=\s*"(\w+)"/.exec(body)?.[1];
    const value = /replacement\s*=\s*"([^"]*)"/.exec(body)?.[1];
    return label && value ? [[label, value]] : [];
  });
  const expression = new RegExp(one(/expression\s*=\s*"([^"]+)"/), "g");
  const replacement = one(/replace\s*=\s*"([^"]+)"/);
  return {
    docker: one(/host\s*=\s*"tcp:\/\/([^"]+)"/).replace(/^/, "http://"),
    names: new RegExp(one(/values\s*=\s*\["([^"]+)"\]/)),
    refreshMs: Number(one(/refresh_interval\s*=\s*"(\d+)s"/)) * 1000,
    labels: Object.fromEntries(fixed),
    mask: (line) => line.replace(expression, replacement),
    loki: one(/url\s*=\s*"([^"]+)"/),
  };
}
