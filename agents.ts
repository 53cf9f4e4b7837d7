/** One agent of the platform, under the three names that it goes by. */
interface Agent {
  /** The short name: value of the field `agent_id`, first part of the e-mail address. */
  agentId: string;
  /** The id that OpenClaw uses. It often differs from `agentId`: map, never assume. */
  openclawId: string;
  displayName: string;
  /** What the agent is good at, in one French line: the concierge chooses by it. */
  persona: string;
}

/** The ten agents (shared facts of the platform, section Agents), in the order of their short names. */
export const AGENTS = [
  {
    agentId: "basquiat",
    openclawId: "artist",
    displayName: "Basquiat",
    persona: "Artiste : images, logos, maquettes et identité visuelle.",
  },
  {
    agentId: "cfo",
    openclawId: "cfo",
    displayName: "CFO",
    persona: "Finances : budgets, coûts, prévisions et factures.",
  },
  {
    agentId: "concierge",
    openclawId: "concierge",
    displayName: "Concierge",
    persona: "Chef d'orchestre : découpe les demandes, choisit l'agent et suit l'avancement.",
  },
  {
    agentId: "hermes",
    openclawId: "messenger",
    displayName: "Hermes",
    persona: "Messager : courriels, annonces et échanges avec l'extérieur.",
  },
  {
    agentId: "imhotep",
    openclawId: "builder",
    displayName: "Imhotep",
    persona: "Bâtisseur : code, architecture et infrastructure.",
  },
  {
    agentId: "maintainer",
    openclawId: "maintainer",
    displayName: "Maintainer",
    persona: "Mainteneur : mises à jour, incidents, sauvegardes et surveillance.",
  },
  {
    agentId: "piccolo",
    openclawId: "tutor",
    displayName: "Piccolo",
    persona: "Tuteur : explications, formations et exercices.",
  },
  {
    agentId: "r2d2",
    openclawId: "explorer",
    displayName: "R2D2",
    persona: "Explorateur : recherches, veille et collecte de données.",
  },
  {
    agentId: "shuri",
    openclawId: "shuri",
    displayName: "Shuri",
    persona: "Inventrice : prototypes, essais et choix techniques.",
  },
  {
    agentId: "thot",
    openclawId: "writer",
    displayName: "Thot",
    persona: "Rédacteur : documentation, articles et comptes rendus.",
  },
] as const satisfies readonly Agent[];

/** The short name of an agent. */
export type AgentId = (typeof AGENTS)[number]["agentId"];

/** The agent that is also the instance's admin, and the only one that creates projects and work items. */
export const CONCIERGE = "concierge" satisfies AgentId;
