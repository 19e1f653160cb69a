// What a Sigstore of one's own is trusted by: the authority that certifies signers, and the logs that have their signatures on record.
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import { waitUntilReady } from "../wait.ts";
import { labels } from "./labels.ts";
import { policyControllerPart } from "./policy-controller.ts";
import { POLICY_GROUP } from "./policy-controller-definitions.ts";
import { checkTrustedKeys, type SignedLog, type TrustedKeys } from "./trusted-keys.ts";

export interface TrustRootArgs {
  /** Name of the TrustRoot. Default: the resource's. */
  rootName?: string;
  /** Checked at once where they are known. */
  keys: TrustedKeys | pulumi.Output<TrustedKeys>;
}

/** One TrustRoot, ready once the controller has taken its keys. */
export class TrustRoot extends pulumi.ComponentResource {
  readonly root: CustomResource;

  constructor(name: string, args: TrustRootArgs, options?: pulumi.ComponentResourceOptions) {
    const { rootName = name, keys } = args;
    if (!pulumi.Output.isInstance(keys)) checkTrustedKeys(keys, "");
    super("agentic:security:TrustRoot", name, {}, options);
    this.root = new CustomResource(
      name,
      {
        apiVersion: `${POLICY_GROUP}/v1alpha1`,
        kind: "TrustRoot",
        metadata: { name: rootName, labels: labels(policyControllerPart), annotations: waitUntilReady },
        spec: pulumi.output(keys).apply((trusted) => ({ sigstoreKeys: sigstoreKeys(rootName, trusted) })),
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

function sigstoreKeys(rootName: string, { fulcio, rekor, certificateLog }: TrustedKeys) {
  return {
    certificateAuthorities: [
      // The controller asks for a subject and reads it nowhere.
      {
        subject: { organization: "sigstore", commonName: rootName },
        uri: fulcio.url,
        certChain: base64(fulcio.certificates),
      },
    ],
    tLogs: [logSpec(rekor)],
    ...(certificateLog ? { ctLogs: [logSpec(certificateLog)] } : {}),
  };
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

const logSpec = ({ url, publicKey }: SignedLog) => ({
  baseURL: url,
  hashAlgorithm: "sha-256",
  publicKey: base64(publicKey),
});
