// A dataset has lists of access of its own beside IAM: neither lets everybody in.
import { gcpRule } from "../../kinds/gcp.ts";
import { items } from "../../values.ts";

const access = "gcp:bigquery/datasetAccess:DatasetAccess";
const everybody = /^(allUsers|allAuthenticatedUsers)$/;

export const datasetAccess = gcpRule(
  ["gcp:bigquery/dataset:Dataset", access],
  {
    name: "bigquery-access",
    severity: "critical",
    description: "No dataset of BigQuery is for allUsers, allAuthenticatedUsers or a whole domain.",
    remedy: "Name the group or the service account, in the dataset's accesses or by bigquery.DatasetIamMember.",
  },
  (props, report, { args }) => {
    const entries = args.type === access ? [{ path: "", entry: props }] : listed(props.accesses);
    for (const { path, entry } of entries) {
      for (const field of ["specialGroup", "iamMember"])
        if (everybody.test(String(entry[field])))
          report(`${path}${field}`, `${entry[field]} is everybody with a Google account`, "name who needs it");
      if (entry.domain !== undefined)
        report(`${path}domain`, `all of ${entry.domain} reads the dataset`, "name a group of the domain");
    }
  },
);

const listed = (accesses: unknown) => items(accesses).map((entry, i) => ({ path: `accesses[${i}].`, entry }));
