// What policy gke-release-channel lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { releaseChannel } from "./release-channel.ts";

const cluster = (channel?: string, maintenancePolicy = {}) =>
  gcp("container/cluster:Cluster", { releaseChannel: { channel }, maintenancePolicy });

table(releaseChannel, {
  passes: { "regular, in a window": cluster("REGULAR", { recurringWindow: { startTime: "2026-01-01T02:00:00Z" } }) },
  violates: {
    "nothing said": [cluster(), "none brings no tested upgrades", "maintenancePolicy"],
    "the newest": [cluster("RAPID", { dailyMaintenanceWindow: { startTime: "02:00" } }), "RAPID"],
  },
});
