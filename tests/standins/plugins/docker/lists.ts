import type { Properties, Value } from "../values.ts";

/** Pulumi's list of `{label, value}` as the engine's map. */
export function labelsToMap(labels: Value | undefined): Record<string, string> {
  const entries = (labels as { label: string; value: string }[] | undefined) ?? [];
  return Object.fromEntries(entries.map(({ label, value }) => [label, value]));
}

/** And back. */
export function mapToLabels(map: Record<string, string> | null | undefined): Properties[] {
  return Object.entries(map ?? {}).map(([label, value]) => ({ label, value }));
}

/** The official plugin gives a thing without a name its logical name and seven random digits. */
export function autoName(inputs: Properties, oldInputs: Properties, logicalName: string): void {
  inputs.name ??= oldInputs.name ?? `${logicalName}-${randomDigits(7)}`;
}

function randomDigits(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => (byte % 16).toString(16)).join("");
}
