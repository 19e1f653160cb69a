// Databases must let people log in by IAM.
import { block, gcpRule, sqlInstance } from "../../kinds/gcp.ts";
import { allOf, anyOf, some } from "../../unknown.ts";
import { items } from "../../values.ts";

export const sqlLogin = gcpRule({
  name: "sql-iam-login",
  types: [sqlInstance],
  severity: "low",
  description: "Cloud SQL lets people log in by IAM, so that nobody needs the password of a program.",
  remedy: "Set the flag cloudsql.iam_authentication (MySQL: cloudsql_iam_authentication) to on.",
  check: (props, report) => {
    const isGiven = anyOf(
      // SQL Server has no such login.
      () => String(props.databaseVersion).startsWith("SQLSERVER"),
      () =>
        some(items(block(props.settings).databaseFlags), (flag) =>
          allOf(
            () => flag.value === "on",
            () => /^cloudsql[._]iam_authentication$/.test(String(flag.name)),
          ),
        ),
    );
    if (!isGiven)
      report(
        "settings.databaseFlags",
        "people must log in with the password of a program",
        "set cloudsql.iam_authentication to on",
      );
  },
});
