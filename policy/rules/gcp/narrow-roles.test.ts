// What policy iam-narrow-roles lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { narrowRoles } from "./narrow-roles.ts";

const member = (role: string) => gcp("projects/iAMMember:IAMMember", { role, member: "serviceAccount:a@b.c" });

table(narrowRoles, {
  passes: {
    "what only a project has": member("roles/bigquery.jobUser"),
    "the nodes' role": member("roles/container.defaultNodeServiceAccount"),
    "on one bucket": gcp("storage/bucketIAMMember:BucketIAMMember", { role: "roles/storage.objectUser" }),
  },
  violates: {
    "all buckets": [member("roles/storage.objectAdmin"), "on the project holds for all its data"],
    "all secrets": [member("roles/secretmanager.secretAccessor"), "give it on the one resource"],
    "all keys": [member("roles/cloudkms.cryptoKeyEncrypterDecrypter"), "cloudkms"],
    "all datasets, in a folder": [
      gcp("folder/iAMBinding:IAMBinding", { role: "roles/bigquery.dataViewer" }),
      "bigquery.dataViewer",
    ],
  },
});
