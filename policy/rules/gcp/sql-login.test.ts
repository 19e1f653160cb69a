// What policy sql-iam-login lets pass, and what violates it.
import { gcp } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { sqlLogin } from "./sql-login.ts";

const sql = (databaseVersion: string, ...databaseFlags: object[]) =>
  gcp("sql/databaseInstance:DatabaseInstance", { databaseVersion, settings: { databaseFlags } });

table(sqlLogin, {
  passes: {
    Postgres: sql("POSTGRES_17", { name: "cloudsql.iam_authentication", value: "on" }),
    MySQL: sql("MYSQL_8_4", { name: "cloudsql_iam_authentication", value: "on" }),
    "what has no such login": sql("SQLSERVER_2022_STANDARD"),
  },
  violates: {
    none: [sql("POSTGRES_17"), "settings.databaseFlags"],
    off: [
      sql("POSTGRES_17", { name: "cloudsql.iam_authentication", value: "off" }),
      "people must log in with the password of a program",
    ],
  },
});
