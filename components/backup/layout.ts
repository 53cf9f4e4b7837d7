import type { PlaneOpsConfig } from "../../config.ts";

/** Folders on the host, below `platform:root`. */
export function backupPlaces({ root }: Pick<PlaneOpsConfig, "root">) {
  return {
    program: `${root}/configs/plane-backup/program`,
    /** Passphrase, the database's password, Plane's keys: for root alone. */
    secrets: `${root}/configs/plane-backup/secrets`,
    /** One file for each night. */
    archives: `${root}/backups/plane`,
    /** Exports of the stack, which `npm run backup` leaves. */
    exports: `${root}/backups/stack`,
  };
}
