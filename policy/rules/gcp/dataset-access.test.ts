// What policy bigquery-access lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { datasetAccess } from "./dataset-access.ts";

const dataset = (accesses?: object[]) => gcp("bigquery/dataset:Dataset", { accesses });
const access = (props: object) => gcp("bigquery/datasetAccess:DatasetAccess", { role: "READER", ...props });

table(datasetAccess, {
  passes: {
    "by IAM alone": dataset(),
    "a group": access({ groupByEmail: "analysts@acme.example" }),
    "the project's owners": dataset([{ role: "OWNER", specialGroup: "projectOwners" }]),
  },
  violates: {
    everybody: [dataset([{ role: "READER", specialGroup: "allAuthenticatedUsers" }]), "accesses[0].specialGroup"],
    "everybody by a resource of its own": [access({ iamMember: "allUsers" }), "iamMember: allUsers is everybody"],
    "a domain": [access({ domain: "acme.example" }), "all of acme.example reads the dataset"],
  },
});
