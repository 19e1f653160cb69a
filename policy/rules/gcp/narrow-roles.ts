// Roles on data must be given on the resource that holds the data, not on the project.
import { gcpRule } from "../../kinds/gcp.ts";

const wide = ["projects", "folder", "organizations"];
const data = new RegExp(
  `^roles/(${[
    "storage\\.(admin|object\\w+|legacy\\w+)",
    "secretmanager\\.(admin|secretAccessor|secretVersion\\w+)",
    "cloudkms\\.(admin|cryptoKey(Encrypter|Decrypter)\\w*|signer\\w*)",
    "pubsub\\.(admin|editor|publisher|subscriber)",
    "bigquery\\.(admin|data(Owner|Editor|Viewer))",
    "artifactregistry\\.(admin|repoAdmin|writer)",
  ].join("|")})$`,
);

export const narrowRoles = gcpRule({
  name: "iam-narrow-roles",
  types: wide.flatMap((where) => [`gcp:${where}/iAMMember:IAMMember`, `gcp:${where}/iAMBinding:IAMBinding`]),
  severity: "high",
  description:
    "Roles on data are given on the one bucket, secret, key, topic, dataset or repository, not on the whole project.",
  remedy: "Use the IAMMember of the one resource, such as storage.BucketIAMMember or secretmanager.SecretIamMember.",
  check: ({ role }, report) => {
    if (data.test(String(role)))
      report("role", `${role} on the project holds for all its data`, "give it on the one resource");
  },
});
