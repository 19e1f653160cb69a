// What policy gke-backup-plan lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { backupPlan } from "./backup-plan.ts";

const good = {
  backupSchedule: { cronSchedule: "0 3 * * *" },
  backupConfig: { allNamespaces: true, includeVolumeData: true, includeSecrets: true },
  retentionPolicy: { backupRetainDays: 30, backupDeleteLockDays: 7 },
};
const plan = (props: object) => gcp("gkebackup/backupPlan:BackupPlan", { ...props });

table(backupPlan, {
  passes: {
    "all of it, daily": plan(good),
    "by a target": plan({ ...good, backupSchedule: { rpoConfig: { targetRpoMinutes: 60 } } }),
    "fewer days where that is allowed": plan({
      ...good,
      retentionPolicy: { backupRetainDays: 3, backupDeleteLockDays: 1 },
    }),
  },
  violates: {
    nothing: [
      plan({}),
      "no backup starts automatically",
      "allNamespaces",
      "volumes aren't backed up",
      "Secrets aren't backed up",
      "no end is not 7 days or more",
      "backupDeleteLockDays",
    ],
    paused: [plan({ ...good, backupSchedule: { cronSchedule: "0 3 * * *", paused: true } }), "backupSchedule"],
    "gone within a day": [
      plan({ ...good, retentionPolicy: { backupRetainDays: 1, backupDeleteLockDays: 0 } }),
      "1 is not 7 days or more",
      "backupDeleteLockDays",
    ],
  },
  settings: { "fewer days where that is allowed": { minDays: 3 } },
});
