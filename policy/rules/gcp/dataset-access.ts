// BigQuery datasets must not be open to everybody, neither by IAM nor by their own access lists.
import { gcpRule } from "../../kinds/gcp.ts";
import { each, gather } from "../../unknown.ts";
import { items } from "../../values.ts";

const access = "gcp:bigquery/datasetAccess:DatasetAccess";
const everybody = /^(allUsers|allAuthenticatedUsers)$/;

export const datasetAccess = gcpRule({
  name: "bigquery-access",
  types: ["gcp:bigquery/dataset:Dataset", access],
  severity: "critical",
  description: "No dataset of BigQuery is for allUsers, allAuthenticatedUsers or a whole domain.",
  remedy: "Name the group or the service account, in the dataset's accesses or by bigquery.DatasetIamMember.",
  check: (props, report, { args }) =>
    each(args.type === access ? [{ path: "", entry: props }] : listed(props.accesses), ({ path, entry }) =>
      each(["specialGroup", "iamMember", "domain"], (field) => {
        const member = entry[field];
        if (field === "domain") {
          if (member !== undefined)
            report(`${path}domain`, `all of ${member} reads the dataset`, "name a group of the domain");
        } else if (everybody.test(String(member)))
          report(
            `${path}${field}`,
            `${member} is everybody with a Google account`,
            "name the group or the service account that needs it",
          );
      }),
    ),
});

const listed = (accesses: unknown) => gather(items(accesses), (entry, i) => [{ path: `accesses[${i}].`, entry }]);
