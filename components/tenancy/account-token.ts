// Tokens of a service account that last until their Secret is deleted, by generations.
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import type * as pulumi from "@pulumi/pulumi";
import { firstGeneration, generationName, type Rotation } from "../security/generation.ts";

export interface AccountTokensArgs {
  /** Of the first generation's Secret. */
  metadata: { name: string; namespace: pulumi.Input<string>; labels: Record<string, string> };
  account: pulumi.Input<string>;
  /** Default: the first generation alone. */
  rotation?: Rotation;
}

/** Registers a Secret for each generation that is good; without it the API server takes the token no more. */
export function accountTokens(
  name: string,
  { metadata, account, rotation = firstGeneration }: AccountTokensArgs,
  options: pulumi.CustomResourceOptions,
): { current: Secret } {
  const token = (generation: number) =>
    new Secret(
      generationName(name, generation),
      {
        metadata: {
          ...metadata,
          name: generationName(metadata.name, generation),
          annotations: { "kubernetes.io/service-account.name": account },
        },
        type: "kubernetes.io/service-account-token",
      },
      options,
    );
  const { generation, keepPrevious } = rotation;
  if (keepPrevious) token(generation - 1);
  return { current: token(generation) };
}
