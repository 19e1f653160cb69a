// What policy secrets-in-config-maps lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { configMaps } from "./config-maps.ts";

const map = (data: object) => object("ConfigMap", { data });

table(configMaps, {
  passes: {
    settings: map({ "max-tokens": "10", dsn: "postgresql://langgraph@postgres:5432/langgraph" }),
    nothing: map({}),
    // aquasecurity/trivy#3634 and #9049
    "a switch": map({ "server-token": "false" }),
    "what a shell reads from a file": map({ REDIS_PASSWORD: "$(cat ${REDIS_PASSWORD_FILE})" }),
    "the name of a Secret": map({ tlsSecret: "shop-tls" }),
  },
  violates: {
    "a key": [map({ "api-key": "x" }), 'data["api-key"]'],
    "a file with a password in an address": [map({ conf: "a: 1\nurl: https://me:secret99@host/\n" }), 'data["conf"]'],
    "a key in another writing": [map({ dbPassword: "hunter22" }), 'data["dbPassword"]'],
    "an encoded private key": [
      object("ConfigMap", { binaryData: { id: Buffer.from("-----BEGIN RSA PRIVATE KEY-----").toString("base64") } }),
      'binaryData["id"]',
    ],
    "a token of GitHub": [map({ conf: `ghp_${"a".repeat(36)}` }), 'data["conf"]'],
  },
});
