// What policy secrets-in-clear lets pass, and what violates it.
import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { clearEnvironment } from "./clear-environment.ts";

const env = (name: string, value: string) => deployment({}, { env: [{ name, value }] });

table(clearEnvironment, {
  passes: {
    "a file's path": env("DB_PASSWORD_FILE", "/etc/secrets/password"),
    "an address": env("DB_URL", "postgresql://user@postgres:5432/db"),
    nothing: env("TOKEN", ""),
    "a switch": env("AUTH_TOKEN", "false"),
    "another variable": env("API_TOKEN", "$(MOUNTED_TOKEN)"),
    "a reference that an injector replaces": env("AWS_SECRET_ACCESS_KEY", "vault:secret/data/aws#SECRET_ACCESS_KEY"),
    "a limit of tokens": env("MAX_TOKENS", "4096"),
  },
  violates: {
    "a password in one word": [env("PGPASSWORD", "hunter22"), "(PGPASSWORD)"],
    "a password beside a variable": [env("DB_PASSWORD", "$(PREFIX)-hunter22"), "(DB_PASSWORD)"],
    "a password": [env("DB_PASSWORD", "x"), "(main).env (DB_PASSWORD)"],
    "a key by another name": [env("SETTING", "AKIAABCDEFGHIJKLMNOP"), "it looks like a secret in clear text"],
    "a password in an address": [env("DB_URL", "postgresql://user:hunter22@postgres/db"), "(DB_URL)"],
    "a private key": [env("TLS", "-----BEGIN RSA PRIVATE KEY-----"), "(TLS)"],
  },
});
