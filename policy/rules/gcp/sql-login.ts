// People log in to databases as themselves.
import { block, gcpRule, sqlInstance } from "../../kinds/gcp.ts";
import { items } from "../../values.ts";

export const sqlLogin = gcpRule(
  [sqlInstance],
  {
    name: "sql-iam-login",
    severity: "low",
    description: "Cloud SQL lets people log in by IAM, so that nobody needs a password of a program.",
    remedy: "Set the flag cloudsql.iam_authentication (MySQL: cloudsql_iam_authentication) to on.",
  },
  (props, report) => {
    // SQL Server has no such login.
    if (String(props.databaseVersion).startsWith("SQLSERVER")) return;
    const flags = items(block(props.settings).databaseFlags);
    if (!flags.some(({ name, value }) => /^cloudsql[._]iam_authentication$/.test(String(name)) && value === "on"))
      report("settings.databaseFlags", "people need a program's password", "set cloudsql.iam_authentication to on");
  },
);
