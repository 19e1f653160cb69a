// What policy iam-named-identities lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { namedIdentities } from "./named-identities.ts";

const pool = "iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p.svc.id.goog";
const member = (subject: string) =>
  gcp("pubsub/topicIAMMember:TopicIAMMember", { role: "roles/pubsub.publisher", member: subject });

table(namedIdentities, {
  passes: {
    "one account": member(`principal://${pool}/subject/ns/argo-events/sa/pubsub`),
    "a group of people": member("group:oncall@acme.example"),
  },
  violates: {
    "a namespace": [member(`principalSet://${pool}/namespace/tenant-demo`), "member: a principalSet covers every pod"],
    "the whole pool": [member(`principalSet://${pool}/*`), "bind principal://"],
  },
});
