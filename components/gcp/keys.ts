// Customer-managed encryption keys: one for each kind of data, usable by the one service that keeps that data.
import { CryptoKey } from "@pulumi/gcp/kms/cryptoKey.js";
import { CryptoKeyIAMMember } from "@pulumi/gcp/kms/cryptoKeyIAMMember.js";
import { KeyRing } from "@pulumi/gcp/kms/keyRing.js";
import { ServiceIdentity } from "@pulumi/gcp/projects/serviceIdentity.js";
import * as pulumi from "@pulumi/pulumi";
import { checkWholeNumbers } from "../numbers.ts";
import { checkScope, type GcpScope, gcpLabels } from "./scope.ts";

/** Who uses a key. */
interface KeyUser {
  /** Account of the service that encrypts the data; `$` is the project's number. */
  agent: string;
  /** The service by its name, where its account exists only after somebody asks for it. */
  identity?: string;
}

/** Each kind of data with the service that encrypts it. */
const purposes = {
  /** Kubernetes' own Secrets in the cluster's database. */
  cluster: { agent: "service-$@container-engine-robot.iam.gserviceaccount.com" },
  /** Disks of nodes. */
  disks: { agent: "service-$@compute-system.iam.gserviceaccount.com" },
  artifacts: { agent: "service-$@gs-project-accounts.iam.gserviceaccount.com" },
  database: { agent: "service-$@gcp-sa-cloud-sql.iam.gserviceaccount.com", identity: "sqladmin" },
  registry: { agent: "service-$@gcp-sa-artifactregistry.iam.gserviceaccount.com", identity: "artifactregistry" },
  secrets: { agent: "service-$@gcp-sa-secretmanager.iam.gserviceaccount.com", identity: "secretmanager" },
  events: { agent: "service-$@gcp-sa-pubsub.iam.gserviceaccount.com", identity: "pubsub" },
  analytics: { agent: "bq-$@bigquery-encryption.iam.gserviceaccount.com" },
  backups: { agent: "service-$@gcp-sa-gkebackup.iam.gserviceaccount.com", identity: "gkebackup" },
} as const satisfies Record<string, KeyUser>;

/** What a key is for. */
export type KeyPurpose = keyof typeof purposes;
export const keyPurposes = Object.keys(purposes) as KeyPurpose[];

export interface KeysArgs extends GcpScope {
  /** Kinds of data to make keys for. */
  purposes: readonly KeyPurpose[];
  /** Where the keys are kept. Default `software`. */
  protectionLevel?: "software" | "hsm";
  /** Days from one version of a key to the next, 1 to 365. Default 90. */
  rotationDays?: number;
  /**
   * Part of the key ring's name. Google never deletes names of key rings and keys: take the next number after a destroy.
   * Default 1.
   */
  generation?: number;
}

/** A key ring with one key for each purpose. What is encrypted must depend on this component. */
export class Keys extends pulumi.ComponentResource {
  readonly #prefix: string;
  readonly #purposes: readonly KeyPurpose[];

  constructor(name: string, args: KeysArgs, options?: pulumi.ComponentResourceOptions) {
    const { rotationDays = 90, generation = 1, protectionLevel = "software" } = args;
    checkScope(args);
    checkWholeNumbers({ rotationDays }, { from: 1, to: 365 });
    checkWholeNumbers({ generation }, { from: 1 });
    super("agentic:gcp:Keys", name, {}, options);
    const { project, projectNumber, region } = args;
    const ringName = `${args.name}-${generation}`;
    const ring = new KeyRing(name, { project, location: region, name: ringName }, { parent: this });
    this.#prefix = `projects/${project}/locations/${region}/keyRings/${ringName}/cryptoKeys`;
    this.#purposes = args.purposes;
    for (const purpose of args.purposes) {
      const { agent, identity }: KeyUser = purposes[purpose];
      const key = new CryptoKey(
        `${name}-${purpose}`,
        {
          name: purpose,
          keyRing: ring.id,
          purpose: "ENCRYPT_DECRYPT",
          rotationPeriod: `${rotationDays * 86_400}s`,
          // A month in which a destroyed version can be brought back, and with it the data.
          destroyScheduledDuration: `${30 * 86_400}s`,
          versionTemplate: {
            algorithm: "GOOGLE_SYMMETRIC_ENCRYPTION",
            protectionLevel: protectionLevel.toUpperCase(),
          },
          labels: gcpLabels(args),
        },
        { parent: this, protect: args.deletionProtection },
      );
      const parent = { parent: this };
      const account = identity
        ? [new ServiceIdentity(`${name}-${purpose}`, { project, service: `${identity}.googleapis.com` }, parent)]
        : [];
      new CryptoKeyIAMMember(
        `${name}-${purpose}`,
        {
          cryptoKeyId: key.id,
          role: "roles/cloudkms.cryptoKeyEncrypterDecrypter",
          member: `serviceAccount:${agent.replace("$", projectNumber)}`,
        },
        { parent: this, dependsOn: account },
      );
    }
    this.registerOutputs({});
  }

  /** Full name of a purpose's key, known before the key is there. Throws where the key isn't made. */
  key(purpose: KeyPurpose): string {
    if (!this.#purposes.includes(purpose))
      throw new Error(`no key for '${purpose}' here: there are ${this.#purposes.join(", ")}`);
    return `${this.#prefix}/${purpose}`;
  }
}
