// What policy volume-hosts lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { volumeHosts } from "./volume-hosts.ts";

const volume = (source: object) => object("PersistentVolume", { metadata: { name: "one" }, spec: source });

table(volumeHosts, {
  passes: {
    "a driver's": volume({ csi: { driver: "pd.csi.storage.gke.io", volumeHandle: "a" } }),
    "a disk of a node": volume({ local: { path: "/mnt/disks/ssd1" } }),
  },
  violates: { "a directory of a node": [volume({ hostPath: { path: "/" } }), "spec.hostPath"] },
});
