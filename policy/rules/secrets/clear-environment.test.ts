import { deployment } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { clearEnvironment } from "./clear-environment.ts";

const env = (name: string, value: string) => deployment({}, { env: [{ name, value }] });

table(clearEnvironment, {
  passes: {
    "a file's path": env("DB_PASSWORD_FILE", "/etc/secrets/password"),
    "an address": env("DB_URL", "postgresql://user@postgres:5432/db"),
    nothing: env("TOKEN", ""),
    "a limit of tokens": env("MAX_TOKENS", "4096"),
  },
  violates: {
    "a password": [env("DB_PASSWORD", "x"), "(main).env (DB_PASSWORD)"],
    "a key by another name": [env("SETTING", "AKIAABCDEFGHIJKLMNOP"), "it looks like a secret in clear text"],
    "a password in an address": [env("DB_URL", "postgresql://user:hunter22@postgres/db"), "(DB_URL)"],
    "a private key": [env("TLS", "-----BEGIN RSA PRIVATE KEY-----"), "(TLS)"],
  },
});
