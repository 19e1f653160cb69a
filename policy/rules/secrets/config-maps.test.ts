import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { configMaps } from "./config-maps.ts";

const map = (data: object) => object("ConfigMap", { data });

table(configMaps, {
  passes: {
    settings: map({ "max-tokens": "10", dsn: "postgresql://langgraph@postgres:5432/langgraph" }),
    nothing: map({}),
  },
  violates: {
    "a key": [map({ "api-key": "x" }), 'data["api-key"]'],
    "a file with a password in an address": [map({ conf: "a: 1\nurl: https://me:secret99@host/\n" }), 'data["conf"]'],
    "a token of GitHub": [map({ conf: `ghp_${"a".repeat(36)}` }), 'data["conf"]'],
  },
});
