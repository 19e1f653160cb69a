// Config section `imagePolicies`: who vouches for the images that run in tenants' namespaces.
import { type Static, Type } from "typebox";
import { images } from "../../components/images.ts";
import { type Authority, checkAuthority } from "../../components/security/image-authority.ts";
import { globExpression, globMatches } from "../../components/security/image-globs.ts";
import type { ImagePolicyArgs } from "../../components/security/image-policy.ts";
import { refusable } from "../../components/security/statement-policies.ts";
import { checkTrustedKeys } from "../../components/security/trusted-keys.ts";
import { closed, dnsLabel, imagePattern } from "./fields.ts";
import { clusterRoots, sigstoreErrors } from "./sigstore.ts";

const text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));

const statementPolicy = (description: string) =>
  Type.Optional(
    Type.Object(
      {
        type: Type.Union([Type.Literal("rego"), Type.Literal("cue")], {
          description: "Prefer rego: cue also passes a statement that lacks the fields it asks for.",
        }),
        data: Type.String({ minLength: 1, description: "The policy itself." }),
      },
      { ...closed, description },
    ),
  );

const maxAgeDays = Type.Integer({ minimum: 1, maximum: 3650, description: "Days for which the statement is good." });

const attestation = Type.Object(
  {
    name: Type.String({ minLength: 1, description: "Of its own among the authority's." }),
    predicateType: Type.String({ description: "URI of the kind of statement: https://slsa.dev/provenance/v1." }),
    policy: statementPolicy("What the statement must say."),
    provenance: Type.Optional(
      Type.Object(
        {
          builders: Type.Array(Type.String({ minLength: 1 }), {
            minItems: 1,
            description: "Ids of builders, one of which built the image.",
          }),
          maxAgeDays,
        },
        { ...closed, description: "What provenance must say, instead of policy." },
      ),
    ),
    scan: Type.Optional(
      Type.Object(
        {
          maxAgeDays,
          failOn: Type.Optional(
            Type.Union(
              refusable.map((severity) => Type.Literal(severity)),
              {
                description:
                  "The least severity of a vulnerability with which an image is refused. Default: whatever was found is admitted.",
              },
            ),
          ),
        },
        {
          ...closed,
          description:
            "That the image was scanned for vulnerabilities, with a database of these days, instead of policy.",
        },
      ),
    ),
  },
  closed,
);

const authority = Type.Object(
  {
    name: text("Default: authority-<index>."),
    key: Type.Optional(
      Type.Object(
        {
          data: text("Public key as PEM."),
          secretRef: text("A Secret in cosign-system with the key as cosign.pub."),
          kms: text("URL of a key: gcpkms://, awskms://, azurekms:// or hashivault://."),
        },
        { ...closed, description: "A key, by one of three." },
      ),
    ),
    keyless: Type.Optional(
      Type.Object(
        {
          issuer: text("Who confirmed the identity: https://token.actions.githubusercontent.com."),
          issuerRegExp: text("The same as an expression from ^ to $."),
          subject: text("Whose identity it is: an address, or a workflow's URL."),
          subjectRegExp: text("The same as an expression from ^ to $."),
          url: text("Fulcio. Default: Sigstore's public one."),
          transparencyLog: text("Rekor. Default: Sigstore's public one."),
          trustRoot: text("One of trustRoots, or a TrustRoot of your own, for both. Default: Sigstore's public roots."),
          certificateLog: Type.Optional(
            Type.Boolean({
              default: true,
              description: "Whether a signer's certificate must prove that it is in a log of the trust root.",
            }),
          ),
        },
        { ...closed, description: "An identity that signs without a key." },
      ),
    ),
    static: Type.Optional(
      Type.Union([Type.Literal("pass"), Type.Literal("fail")], {
        description: "Nobody is asked: all pass, or all fail.",
      }),
    ),
    message: text("What a static fail says."),
    attestations: Type.Optional(Type.Array(attestation, { description: "Signed statements that must be there." })),
  },
  closed,
);

const resource = (
  ["pods", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs"] as const
).map((kind) => Type.Literal(kind));

const imagePolicy = Type.Object(
  {
    name: Type.String({ pattern: dnsLabel, maxLength: 63, description: "Of the ClusterImagePolicy." }),
    images: Type.Array(Type.String(), {
      minItems: 1,
      description: "Patterns of full names: * is anything but a slash, ** anything, such as ghcr.io/acme/**.",
    }),
    authorities: Type.Array(authority, { minItems: 1, description: "One of them must vouch for an image." }),
    mode: Type.Optional(
      Type.Union([Type.Literal("enforce"), Type.Literal("warn")], {
        description: "warn admits what it would refuse, and says so. Default enforce.",
      }),
    ),
    match: Type.Optional(
      Type.Array(
        Type.Object(
          {
            group: Type.String({ description: 'API group; "" is the core one.' }),
            version: Type.String({ description: "Such as v1." }),
            resource: Type.Union(resource, { description: "Kind, in the plural." }),
            matchLabels: Type.Optional(
              Type.Record(Type.String(), Type.String(), { description: "Labels that the objects have." }),
            ),
          },
          closed,
        ),
        { description: "Objects that it is about. Default: all that make pods." },
      ),
    ),
    policy: statementPolicy("What all authorities' answers together must satisfy."),
  },
  closed,
);

export const imagePoliciesSchema = Type.Array(imagePolicy, {
  description:
    "Who vouches for the images that run in tenants' namespaces; for component policyController. An image must pass every policy that matches it.",
});

const log = (description: string) =>
  Type.Object(
    {
      url: Type.String({ minLength: 1, description: "Its address." }),
      publicKey: Type.String({ minLength: 1, description: "Its public key as PEM." }),
    },
    { ...closed, description },
  );

const trustRoot = Type.Object(
  {
    name: Type.String({ pattern: dnsLabel, maxLength: 63, description: "Of the TrustRoot." }),
    fulcio: Type.Object(
      {
        url: Type.String({ minLength: 1, description: "Its address." }),
        certificates: Type.String({
          minLength: 1,
          description: "Chain of its certificates as PEM: its own first, the root's last.",
        }),
      },
      { ...closed, description: "The authority that certifies signers." },
    ),
    rekor: log("The log of signatures."),
    certificateLog: Type.Optional(
      log("The log of certificates. Default: none, and policies say certificateLog: false."),
    ),
  },
  closed,
);

export const trustRootsSchema = Type.Array(trustRoot, {
  description: "What Sigstores of your own are trusted by, for keyless authorities of imagePolicies.",
});

export const tenantImagesSchema = Type.Array(Type.String({ pattern: imagePattern }), {
  uniqueItems: true,
  description:
    "The only images that run in tenants' namespaces, by full reference; the API server refuses pods with others. Default: no such list.",
});

export type TrustRootConfig = Static<typeof trustRoot>;
type ImagePolicySettings = Static<typeof imagePolicy>;
export type ImagePolicyConfig = ImagePolicyArgs & { name: string };

/** The section; parseConfig has found it to be right. */
export function imagePoliciesConfig(value: ImagePolicySettings[] = []): ImagePolicyConfig[] {
  return value as ImagePolicyConfig[];
}

/** The parts of a stack's config that the policies depend on. */
interface StackSettings {
  imagePolicies?: ImagePolicySettings[];
  trustRoots?: TrustRootConfig[];
  tenantImages?: string[];
  workflowEngine?: "argo" | "builtin";
  images?: { agents?: string };
  components?: {
    policyController?: { enabled?: boolean; values?: { noMatch?: string; internet?: boolean; disableTuf?: boolean } };
    registry?: { enabled?: boolean };
    sigstore?: { enabled?: boolean; image?: string };
    certificates?: { enabled?: boolean };
    workflows?: { values?: { executorImage?: string } };
  };
}

/** What is wrong with the policies, taken together with the rest; `key` writes a config key in full. */
export function imagePolicyErrors(value: StackSettings, key: (path: string) => string): string[] {
  const { imagePolicies = [], trustRoots = [], components = {} } = value;
  const errors: string[] = [];
  const controller = components.policyController;
  for (const [path, image] of Object.entries(imagesOfTenants(value)))
    if (image && value.tenantImages?.length && !value.tenantImages.includes(image))
      errors.push(`${key("tenantImages")} lacks ${image} (${path}), which runs in tenants' namespaces: add it`);
  if (components.registry?.enabled && components.certificates?.enabled === false)
    errors.push(
      `${key("components.certificates.enabled")} is false, but the registry needs a certificate: leave it on, or switch registry off`,
    );
  errors.push(...sigstoreErrors(components, key));
  if (!controller?.enabled) {
    if (imagePolicies.length > 0)
      errors.push(`${key("components.policyController.enabled")} is not true, but imagePolicies need it: switch it on`);
    if (trustRoots.length > 0)
      errors.push(`${key("components.policyController.enabled")} is not true, but trustRoots need it: switch it on`);
    return errors;
  }
  if (controller.values?.internet === false && !controller.values.disableTuf)
    errors.push(
      `${key("components.policyController.values.disableTuf")} must be true where values.internet is false: Sigstore's roots of trust come from there`,
    );
  const roots = [...clusterRoots(components), ...trustRoots];
  trustRoots.forEach((root, i) => {
    const at = key(`trustRoots[${i}]`);
    if (roots.findIndex(({ name }) => name === root.name) !== roots.length - trustRoots.length + i)
      errors.push(`${at}.name '${root.name}' is another one's already`);
    errors.push(...thrown("", () => checkTrustedKeys(root, `${at}.`)));
  });
  imagePolicies.forEach((policy, i) => {
    const at = key(`imagePolicies[${i}]`);
    if (imagePolicies.findIndex(({ name }) => name === policy.name) !== i)
      errors.push(`${at}.name '${policy.name}' is another one's already`);
    for (const [j, glob] of policy.images.entries())
      errors.push(...thrown(`${at}.images[${j}]: `, () => globExpression(glob)));
    for (const [j, candidate] of policy.authorities.entries()) {
      const path = `${at}.authorities[${j}]`;
      errors.push(...thrown("", () => checkAuthority(candidate as Authority, path)));
      const root = roots.find(({ name }) => name === candidate.keyless?.trustRoot);
      if (root && !root.certificateLog && candidate.keyless?.certificateLog !== false)
        errors.push(
          `${path}.keyless.certificateLog must be false: there is no certificateLog for the trust root ${root.name}, and no image would pass`,
        );
    }
  });
  if (errors.length > 0 || (controller.values?.noMatch ?? "deny") !== "deny") return errors;
  for (const [path, image] of Object.entries(imagesOfTenants(value)))
    if (image && !imagePolicies.some((policy) => policy.images.some((glob) => globMatches(glob, image))))
      errors.push(
        `${key("imagePolicies")} has none for ${image} (${path}), which runs in tenants' namespaces: it would be refused there`,
      );
  return errors;
}

/** What the platform itself runs in tenants' namespaces, by the config key that names it. */
function imagesOfTenants({
  workflowEngine = "argo",
  images: own,
  components,
}: StackSettings): Record<string, string | undefined> {
  const executor = components?.workflows?.values?.executorImage ?? images.argoExecutor.ref;
  return {
    "images.agents": own?.agents,
    ...(workflowEngine === "argo" ? { "components.workflows.values.executorImage": executor } : {}),
  };
}

function thrown(before: string, check: () => unknown): string[] {
  try {
    check();
    return [];
  } catch (error) {
    return [`${before}${(error as Error).message}`];
  }
}
