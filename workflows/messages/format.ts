import { REVIEW_BELOW } from "../../plane/fields/declarations.ts";
import { dayOf, inFull } from "../workspace/days.ts";
import { fieldsOf } from "../workspace/fields.ts";
import type { Settings } from "../workspace/settings.ts";
import { count, named, STATUS_WORDS, someOf } from "../workspace/words.ts";
import { criticalWords } from "./comment.ts";
import type { Context } from "./context.ts";
import { escapeHtml } from "./escape.ts";
import type { CycleEvent, PlaneEvent } from "./events.ts";
import type { Topic } from "./filter.ts";
import { fit } from "./fit.ts";
import type { Item } from "./item.ts";
import { AGENT_LABEL } from "./labels.ts";
import { agentOf, nameOf, who } from "./person.ts";
import { duration, head, NBSP, placeOf, quoted, taskTitle } from "./words.ts";

/** What a message says (NOTIF-04), as HTML: what happened, and what there is to know about it. */
export interface Words {
  headline: string;
  details: string[];
}

/** The words about an event. */
export function format(topic: Topic, event: PlaneEvent, context: Context, settings: Settings): Words {
  const about = head(context.project);
  const title = taskTitle(context, settings);
  const actor = who(context.actor, settings);
  if ("cycle" in event) return cycleWords(event, about, settings);
  switch (topic) {
    case "completed":
      return {
        headline: `✅ ${about}${actor} a complété ${title}`,
        details: [
          ...review(context.item),
          ...facts(context, settings),
          ...waiting("Attendait encore", context),
        ],
      };
    case "blocked":
      return {
        headline: `⛔ ${about}${actor} ${isOwner(context, settings) ? "est bloqué sur" : "a bloqué"} ${title}`,
        details: [
          ...(context.reason === undefined ? [] : [`💬 ${named(context.reason, 500)}`]),
          ...facts(context, settings),
          ...waiting("Attend", context),
        ],
      };
    case "review":
      return {
        headline: `🔎 ${about}${actor} demande une relecture de ${title}`,
        details: [...confidence(context.item), ...facts(context, settings)],
      };
    case "critical": {
      const words = "comment" in event ? (criticalWords(event.comment.html) ?? "") : "";
      return {
        headline: `🚨 ${about}${actor} signale un point critique sur ${title}`,
        details: words === "" ? [] : [`<blockquote>${fit(escapeHtml(words), LONGEST_QUOTE)}</blockquote>`],
      };
    }
    default:
      return {
        headline: `🆕 ${about}${actor} a créé le projet ${projectTitle(context, settings)}`,
        details: [],
      };
  }
}

/** Longer words are read in Plane. */
const LONGEST_QUOTE = 1_000;
const BLOCKERS_SHOWN = 3;

function projectTitle({ project }: Context, settings: Settings): string {
  if (project === undefined) return "";
  return `${quoted(project.name, placeOf(settings, "projects", project.id, "issues"))} (${named(project.identifier)})`;
}

/** Time spent, and whose it is. */
function facts({ item }: Context, settings: Settings): string[] {
  if (item === undefined) return [];
  const { time_spent_minutes: minutes } = fieldsOf(item.description);
  const spent = minutes === undefined ? [] : [`⏱️ Temps passé${NBSP}: ${duration(minutes)}`];
  return [[...spent, `👤 ${assigned(item, settings)}`].join(" · ")];
}

/** Who the agents take for its owner: the one of the field, then of the label, never an assignee (OPENCLAW-10). */
function agentIdOf({ description, labels }: Item): string | undefined {
  const label = labels.find(({ name }) => name.startsWith(AGENT_LABEL))?.name.slice(AGENT_LABEL.length);
  return fieldsOf(description).agent_id ?? label;
}

function isOwner({ actor, item }: Context, settings: Settings): boolean {
  const agentId = agentOf(actor, settings)?.agentId;
  return agentId !== undefined && item !== undefined && agentIdOf(item) === agentId;
}

function assigned(item: Item, settings: Settings): string {
  const { assignees } = item;
  const agentId = agentIdOf(item);
  if (agentId === undefined && assignees.length === 0) return "Assignée à personne";
  const agent = settings.agents.find((candidate) => candidate.agentId === agentId);
  const names =
    agentId === undefined
      ? assignees.map((person) => nameOf(person, settings))
      : [named(agent?.displayName ?? agentId)];
  return `Assignée à ${names.join(", ")}`;
}

function waiting(verb: string, { blockers }: Context): string[] {
  if (blockers.length === 0) return [];
  const lines = blockers.map(
    ({ key, name, status }) => `• ${named(key)} «${NBSP}${named(name)}${NBSP}», ${STATUS_WORDS[status].one}`,
  );
  return [`⛓️ ${verb}${NBSP}:`, ...someOf(lines, BLOCKERS_SHOWN)];
}

function confidence(item: Item | undefined): string[] {
  const score = fieldsOf(item?.description ?? null).confidence_score;
  return score === undefined
    ? []
    : [`🎯 Confiance${NBSP}: ${decimal(score)}, relecture sous ${decimal(REVIEW_BELOW)}`];
}

/** A project without the label `review` asks for one all the same (OPENCLAW-12). */
function review(item: Item | undefined): string[] {
  const score = fieldsOf(item?.description ?? null).confidence_score;
  return score !== undefined && score < REVIEW_BELOW
    ? [`🔎 Relecture humaine demandée${NBSP}: confiance ${decimal(score)}`]
    : [];
}

const decimal = (number: number) => String(number).replace(".", ",");

function cycleWords({ kind, cycle }: CycleEvent, about: string, settings: Settings): Words {
  const title = quoted(cycle.name, placeOf(settings, "projects", cycle.project, "cycles", cycle.id));
  // Its days are those of its project, whatever the time zone of who reads it.
  const on = (instant: string) => inFull(dayOf(Date.parse(instant), cycle.timeZone));
  const days = `📅 Du ${on(cycle.start)} au ${on(cycle.end)}`;
  if (kind === "cycle.started") {
    return {
      headline: `🔄 ${about}Le cycle ${title} a démarré`,
      details: [`${days} · ${count(cycle.total, "tâche")}`],
    };
  }
  const done = count(cycle.done, "tâche complétée", "tâches complétées");
  return {
    headline: `🏁 ${about}Le cycle ${title} est terminé`,
    details: [`${days} · ${done} sur ${cycle.total}`],
  };
}
