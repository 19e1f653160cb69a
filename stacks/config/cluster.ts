// Config section `cluster`: where the cluster comes from, and what is decided about one that the stack makes.
import { type Static, Type } from "typebox";
import { type LocalPort, localPorts } from "../../components/cluster/local/ports.ts";
import { K3S_VERSION } from "../../components/cluster/local/versions.ts";
import { closed, dnsLabel, imagePattern, ipv4, policyCidr, text, wholeNumber } from "./fields.ts";

const port = (name: LocalPort) =>
  wholeNumber({
    from: 0,
    to: 65_535,
    description: `${localPorts[name].about}; 0 for none. Default ${localPorts[name].host}.`,
  });

export const clusterSchema = Type.Object(
  {
    kind: Type.Optional(
      Type.Union(
        [
          Type.Literal("existing"),
          Type.Literal("kind"),
          Type.Literal("k3d"),
          Type.Literal("k3s"),
          Type.Literal("gke"),
          Type.Literal("none"),
        ],
        {
          description:
            "existing takes a kubeconfig and a context in it; kind, k3d and k3s make a cluster on this machine (k3s also on another one); gke makes one of section gke; none is for a render, which needs no cluster. Default existing.",
        },
      ),
    ),
    kubeconfig: text(
      "Path of the kubeconfig, for existing. Default KUBECONFIG (which may name several files), then ~/.kube/config.",
    ),
    context: text("Context in it, by name, for existing: must be set, whichever is current doesn't matter."),
    apiServerCidrs: Type.Optional(
      Type.Array(Type.String({ pattern: policyCidr }), {
        minItems: 1,
        description: "Addresses of the API server, for network policies. Default: read from the cluster.",
      }),
    ),
    registryAddress: text(
      "Service address of component registry, for nodes that resolve no names of the cluster. Default: the cluster chooses.",
      ipv4,
    ),
    prometheusAddress: text("Service address of component prometheus, with telemetry.mode builtin.", ipv4),
    jaegerAddress: text("Service address of component jaeger, with telemetry.mode builtin.", ipv4),
    consoleAddress: text("Service address of component console. Default: the cluster chooses.", ipv4),
    resolverAddress: text(
      "Service address of component resolver, which the tenants' pods ask. Default: the cluster chooses.",
      ipv4,
    ),
    browserSeccompProfile: text(
      "Path of a seccomp profile on the browsers' nodes that lets Chromium make user namespaces: its own sandbox is then on. Default: none, and the sandbox is off.",
      "^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$",
    ),
    name: Type.Optional(
      Type.String({
        pattern: dnsLabel,
        maxLength: 32,
        description: "Name of the cluster that kind or k3d makes. Default agentic.",
      }),
    ),
    nodeImage: text("Image of the node that kind or k3d starts. Default: a pinned one by digest.", imagePattern),
    ports: Type.Optional(
      Type.Object(
        { argo: port("argo"), minio: port("minio"), webhook: port("webhook") },
        { ...closed, description: "Ports of this machine, on loopback only, that lead into kind's or k3d's cluster." },
      ),
    ),
    imageArchives: Type.Optional(
      Type.Array(Type.String(), {
        description: "Paths of archives of images (docker save) that are loaded into the cluster of kind, k3d or k3s.",
      }),
    ),
    k3s: Type.Optional(
      Type.Object(
        {
          version: text(`Release. Default ${K3S_VERSION}.`, "^v\\d+\\.\\d+\\.\\d+\\+k3s\\d+$"),
          sha256: text("Checksum of its binary. Default: what the release's own list says.", "^[0-9a-f]{64}$"),
          mirror: text(
            "Where releases are, with the layout of GitHub's. Default https://github.com/k3s-io/k3s/releases/download.",
            "^https?://",
          ),
          ssh: Type.Optional(
            Type.Object(
              {
                host: Type.String({ description: "Name or address of the machine." }),
                port: wholeNumber({ from: 1, to: 65_535, description: "Default 22." }),
                user: text("root, or one who may use sudo without a password. Default root."),
                privateKey: text("Path of the private key. Default: the keys of the SSH agent."),
                hostKey: Type.String({
                  pattern: "^(ssh|ecdsa)-[a-z0-9-]+ [A-Za-z0-9+/=]+",
                  description:
                    "The machine's public key, as ssh-keyscan prints it after the name: no other one is talked to.",
                }),
              },
              { ...closed, description: "Another machine. Default: this one." },
            ),
          ),
        },
        { ...closed, description: "Of the cluster that k3s makes." },
      ),
    ),
  },
  { ...closed, description: "The cluster that the platform is brought up in." },
);

type ClusterSettings = Static<typeof clusterSchema>;

/** The section with its defaults. */
export type ClusterConfig = ClusterSettings & Required<Pick<ClusterSettings, "kind" | "name">>;

/** The section with its defaults. */
export function clusterConfig(value: ClusterSettings | undefined): ClusterConfig {
  return { ...value, kind: value?.kind ?? "existing", name: value?.name ?? "agentic" };
}

/** Whether the stack builds our own images itself, from their Dockerfiles. */
export function buildsImages(kind: ClusterSettings["kind"]): boolean {
  return kind === "kind" || kind === "k3d";
}

/** Fields that only some kinds have. */
const fieldsOf: Partial<Record<keyof ClusterSettings, readonly NonNullable<ClusterSettings["kind"]>[]>> = {
  kubeconfig: ["existing"],
  context: ["existing"],
  name: ["kind", "k3d"],
  nodeImage: ["kind", "k3d"],
  ports: ["kind", "k3d"],
  imageArchives: ["kind", "k3d", "k3s"],
  k3s: ["k3s"],
};

/** Settings that contradict each other; `key` writes a config key in full. */
export function clusterErrors(value: ClusterSettings | undefined, key: (path: string) => string): string[] {
  const kind = value?.kind ?? "existing";
  const errors = Object.entries(fieldsOf).flatMap(([field, of]) =>
    value?.[field as keyof ClusterSettings] === undefined || of.includes(kind)
      ? []
      : [`${key(`cluster.${field}`)} is set, but cluster.kind is ${kind}: it is for ${of.join(", ")}`],
  );
  const hosts = Object.keys(localPorts).map((name) => portOf(value?.ports, name as LocalPort));
  const twice = hosts.find((host, i) => host !== 0 && hosts.indexOf(host) !== i);
  if (buildsImages(kind) && twice !== undefined)
    errors.push(`${key("cluster.ports")} has ${twice} twice: each needs a port of its own`);
  return errors;
}

/** Port of this machine, 0 for none. */
export function portOf(ports: ClusterSettings["ports"], name: LocalPort): number {
  return ports?.[name] ?? localPorts[name].host;
}
