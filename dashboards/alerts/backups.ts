import type { Watched } from "../watched.ts";
import type { Alert } from "./alert.ts";

/** The nightly backup (INFRA-05). Its metrics are written by the backup itself: where there are none, there is none. */
export function backupAlerts({ metrics }: Watched): Alert[] {
  return [
    {
      id: "plane-backup-stale",
      severity: "critical",
      query: metrics.backupAge,
      fires: { above: 26 * 3600 },
      for: "1m",
      noData: "fires",
      summary: "Aucune sauvegarde de Plane n'a réussi depuis plus de 26 heures",
      action:
        "Lancer npm run backup, qui dit ce qui manque ; puis voir pourquoi celle de la nuit n'est pas partie.",
    },
    {
      id: "plane-backup-unverified",
      severity: "critical",
      query: metrics.backupVerifiedAge,
      fires: { above: 26 * 3600 },
      for: "1m",
      // plane-backup-stale says so.
      noData: "well",
      summary: "Aucune sauvegarde de Plane n'a été relue en entier depuis plus de 26 heures",
      action:
        "Relire la dernière archive (npm run restore, option --check) ; si elle est refusée, npm run backup.",
    },
    {
      id: "plane-backup-failed",
      severity: "critical",
      query: metrics.backupFailed,
      fires: { above: 0 },
      for: "0s",
      noData: "well",
      summary: "La dernière sauvegarde de Plane a échoué",
      action: "docker logs du conteneur plane_backup dit à quelle étape ; corriger, puis npm run backup.",
    },
  ];
}
