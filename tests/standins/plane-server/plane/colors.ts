import { randomBytes, randomInt } from "node:crypto";

const ICONS = ["add_task", "forest", "mood", "settings", "cycle", "gavel", "public", "view_timeline"];
const ICON_COLORS = ["#95999f", "#6d7b8a", "#5e6ad2", "#02b5ed", "#02b55c", "#f2be02", "#e57a00", "#f38e82"];

/** A colour, as each account and workspace gets one. */
export function randomColor(): string {
  return `#${randomBytes(3).toString("hex")}`;
}

/** The icon that a project gets when it is made over the API. */
export function randomLogo(): Record<string, unknown> {
  return {
    icon: { name: ICONS[randomInt(ICONS.length)], color: ICON_COLORS[randomInt(ICON_COLORS.length)] },
    in_use: "icon",
  };
}
