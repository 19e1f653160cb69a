// What policy secrets-in-arguments lets pass, and what violates it.
import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { commandArguments } from "./arguments.ts";

const args = (...words: string[]) => deployment({}, { args: words });

table(commandArguments, {
  passes: {
    "a file's path": args("--token=/etc/secrets/token", "--password", "/etc/secrets/password"),
    "a switch": args("--secret=false", "--token", "--verbose"),
    "other words": args("run", "--listen=0.0.0.0:80"),
  },
  violates: {
    "a password": [args("--password=hunter2"), "(main).args[0]"],
    "a password as the next word": [args("--api-key", "abc"), "(main).args[0]"],
    "a password in an address": [args("redis://:hunter22@redis"), "(main).args[0]"],
  },
});
