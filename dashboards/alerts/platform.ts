import type { Watched } from "../watched.ts";
import type { Alert } from "./alert.ts";

/** What Plane shares with the rest of the platform, and the collector that looks at all of it (MONITOR-04). */
export function platformAlerts({ metrics }: Watched): Alert[] {
  return [
    {
      id: "plane-postgresql-connections",
      severity: "critical",
      query: metrics.connectionsPercent,
      fires: { above: 80 },
      for: "5m",
      noData: "well",
      summary: "PostgreSQL utilise {value} % de ses connexions",
      action:
        "Voir qui les tient : SELECT datname, usename, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3.",
    },
    {
      id: "plane-redis-memory",
      severity: "critical",
      query: metrics.redisPercent,
      fires: { above: 80 },
      for: "5m",
      noData: "well",
      summary: "Redis utilise {value} % de sa mémoire",
      action:
        "Voir ce qui la remplit (redis-cli --bigkeys) ; à 100 %, Redis jette des clés, la file de Plane comprise.",
    },
    {
      id: "plane-redis-evictions",
      severity: "warning",
      query: metrics.evictions,
      fires: { above: 0 },
      for: "0s",
      noData: "well",
      summary: "Redis a jeté {value} clés en 15 minutes, faute de mémoire",
      action:
        "Des travaux de Plane peuvent être perdus : libérer de la mémoire, puis vérifier les dernières notifications.",
    },
    {
      id: "plane-container-oom",
      severity: "critical",
      query: metrics.outOfMemory,
      fires: { above: 0 },
      for: "0s",
      noData: "well",
      summary: "{name} a été tué par le noyau, faute de mémoire",
      action: "Relever sa limite (pulumi config set --path plane:limits.…memory), puis pulumi up --refresh.",
    },
    {
      id: "plane-disk-full",
      severity: "critical",
      query: metrics.diskFreePercent,
      fires: { below: 10 },
      for: "5m",
      noData: "well",
      summary: "Il ne reste que {value} % de disque sur l'hôte (vu de {mountpoint})",
      action:
        "docker system df et du -xh --max-depth=2 /opt/javisi ; ne rien effacer sous backups sans en avoir une copie.",
    },
    {
      id: "plane-collector-silent",
      severity: "critical",
      query: metrics.collectorSilent,
      fires: { above: 0 },
      for: "5m",
      // absent() yields nothing while something arrives.
      noData: "well",
      summary:
        "Le collecteur de Plane n'envoie plus rien depuis 5 minutes : les autres alertes sont aveugles",
      action:
        "docker ps -a --filter name=vmagent, puis docker logs --tail 50 ; vérifier que VictoriaMetrics répond.",
    },
    {
      id: "plane-collector-target",
      severity: "warning",
      query: metrics.targetsUp,
      fires: { below: 1 },
      for: "10m",
      noData: "well",
      summary: "Le collecteur ne lit plus {job} depuis 10 minutes",
      action: "docker ps -a : démarrer l'exportateur de ce nom ; ses journaux disent ce qu'il n'atteint pas.",
    },
  ];
}
