// A few objects that depend on each other, steered by config: what the deployer's tests deploy.
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";

const config = new pulumi.Config();
const count = config.getNumber("count") ?? 3;
const text = config.get("text") ?? "hello";

const space = new Namespace("space", { metadata: { name: "small" } });
const namespace = space.metadata.name;
const password = new RandomPassword("password", { length: 20 });
new Secret("secret", { metadata: { name: "secret", namespace }, stringData: { password: password.result } });
const maps = Array.from(
  { length: count },
  (_, i) =>
    new ConfigMap(
      `map-${i}`,
      { metadata: { name: `map-${i}`, namespace }, data: { text } },
      { aliases: i === 0 ? [{ name: "first" }] : [] },
    ),
);
if (config.getBoolean("broken")) {
  const broken = new ConfigMap("broken", { metadata: { name: "Not_A_Name", namespace }, data: { text } });
  new ConfigMap("behind", { metadata: { name: "behind", namespace }, data: { text } }, { dependsOn: broken });
}

export const names = maps.map((map) => map.metadata.name);
export const secretText = password.result;
