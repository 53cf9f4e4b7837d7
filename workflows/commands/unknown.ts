import { named } from "../workspace/words.ts";

/**
 * Says that nothing goes by a name, and what was likely meant.
 * @param what « Projet » or « Agent ».
 * @param command what to write before a name.
 * @param near the likely names.
 * @param all every name there is, for when none is near.
 */
export function unknownText(
  what: "Projet" | "Agent",
  command: string,
  wanted: string,
  { near, all }: { near: readonly string[]; all: readonly string[] },
): string {
  const opening = `❓ ${what} « ${named(wanted)} » introuvable.`;
  if (near.length > 0) {
    const lines = near.map((name) => `<code>/plane ${command} ${named(name)}</code>`);
    return `${opening} Vouliez-vous dire :\n${lines.join("\n")}`;
  }
  return all.length === 0 ? opening : `${opening} Possibles : ${all.map((name) => named(name)).join(", ")}.`;
}
