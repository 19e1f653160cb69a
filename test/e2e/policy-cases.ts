// NetworkPolicies with the connections that they let pass.

/** Policies, and what they let pass. */
export interface Case {
  name: string;
  /** Specifications of policies in namespace net-a; podSelector {} and both types unless they say otherwise. */
  policies: (() => object)[];
  /** `from to:port` (UDP with a leading `udp:`), and whether it must answer. */
  expected: Record<string, boolean>;
}

const toServer = { podSelector: { matchLabels: { app: "server" } } };
const ofClient = { podSelector: { matchLabels: { app: "client" } } };
const ofTeamB = { namespaceSelector: { matchLabels: { team: "b" } } };
const ingressOnly = (spec: object) => () => ({ policyTypes: ["Ingress"], ...spec });
const egressOnly = (spec: object) => () => ({ policyTypes: ["Egress"], ...spec });

export const cases: Case[] = [
  {
    name: "without a policy everybody reaches everybody",
    policies: [],
    expected: {
      "client server:8080": true,
      "other server:8080": true,
      "server other:8081": true,
      "client udp:server:9053": true,
      "client service:80": true,
      "server service:80": true,
      "client api:443": true,
      "client dns:53": true,
    },
  },
  {
    name: "deny of all ingress leaves egress alone",
    policies: [ingressOnly({})],
    expected: {
      "client server:8080": false,
      "other server:8080": false,
      "server other:8080": true,
      "client api:443": true,
    },
  },
  {
    name: "deny of all egress leaves ingress alone",
    policies: [egressOnly({})],
    expected: {
      "client other:8080": false,
      "client server:8080": false,
      "client api:443": false,
      "client node:6443": false,
      "client dns:53": false,
      "other client:8080": true,
    },
  },
  {
    name: "deny of both cuts a pod off, except from itself",
    policies: [() => ({})],
    expected: {
      "client server:8080": false,
      "other client:8080": false,
      "client other:8080": false,
      "server service:80": true,
      "server server:8080": true,
    },
  },
  {
    name: "an empty rule allows all",
    policies: [() => ({ ingress: [{}], egress: [{}] })],
    expected: {
      "client server:8080": true,
      "other server:8084": true,
      "client other:8080": true,
      "client api:443": true,
    },
  },
  {
    name: "a pod selector means pods of the policy's own namespace",
    policies: [ingressOnly({ ...toServer, ingress: [{ from: [ofClient] }] })],
    expected: {
      "client server:8080": true,
      "client service:80": true,
      "server2 server:8080": false,
      "other server:8080": false,
      "other server2:8080": true,
    },
  },
  {
    name: "a namespace selector means all pods of the namespaces",
    policies: [ingressOnly({ ...toServer, ingress: [{ from: [ofTeamB] }] })],
    expected: { "other server:8080": true, "stranger server:8080": true, "client server:8080": false },
  },
  {
    name: "both selectors in one peer must both match",
    policies: [ingressOnly({ ...toServer, ingress: [{ from: [{ ...ofTeamB, ...ofClient }] }] })],
    expected: { "other server:8080": true, "stranger server:8080": false, "client server:8080": false },
  },
  {
    name: "two peers of a rule are alternatives",
    policies: [ingressOnly({ ...toServer, ingress: [{ from: [ofTeamB, ofClient] }] })],
    expected: {
      "other server:8080": true,
      "stranger server:8080": true,
      "client server:8080": true,
      "server2 server:8080": false,
    },
  },
  {
    name: "selectors take expressions",
    policies: [
      ingressOnly({
        podSelector: { matchExpressions: [{ key: "tier", operator: "Exists" }] },
        ingress: [
          { from: [{ podSelector: { matchExpressions: [{ key: "app", operator: "NotIn", values: ["client"] }] } }] },
        ],
      }),
    ],
    expected: {
      "client server:8080": false,
      "server2 server:8080": true,
      "server server2:8080": true,
      "other client:8080": true,
    },
  },
  {
    name: "a port is allowed for its protocol only",
    policies: [ingressOnly({ ...toServer, ingress: [{ ports: [{ port: 8081 }, { protocol: "UDP", port: 9053 }] }] })],
    expected: {
      "client server:8081": true,
      "client udp:server:9053": true,
      "client server:8080": false,
      "client server:8082": false,
    },
  },
  {
    name: "a protocol without a port allows all of its ports",
    policies: [ingressOnly({ ...toServer, ingress: [{ ports: [{ protocol: "UDP" }] }] })],
    expected: { "client udp:server:9053": true, "client server:8080": false },
  },
  {
    name: "endPort makes a range with both its ends",
    policies: [ingressOnly({ ...toServer, ingress: [{ ports: [{ port: 8081, endPort: 8083 }, { port: 8082 }] }] })],
    expected: {
      "client server:8080": false,
      "client server:8081": true,
      "client server:8082": true,
      "client server:8083": true,
      "client server:8084": false,
    },
  },
  {
    name: "a named port is each receiving pod's own number",
    policies: [
      ingressOnly({ podSelector: { matchLabels: { tier: "backend" } }, ingress: [{ ports: [{ port: "web" }] }] }),
    ],
    expected: {
      "client server:8080": true,
      "client server:8082": false,
      "client server2:8082": true,
      "client server2:8080": false,
    },
  },
  {
    name: "a named port on egress is each peer's own number",
    policies: [
      egressOnly({
        ...ofClient,
        egress: [{ to: [{ podSelector: { matchLabels: { tier: "backend" } } }], ports: [{ port: "web" }] }],
      }),
    ],
    expected: {
      "client server:8080": true,
      "client server:8082": false,
      "client server2:8082": true,
      "client server2:8080": false,
      "client service:80": true,
    },
  },
  {
    name: "a name that no port has allows nothing",
    policies: [ingressOnly({ ...toServer, ingress: [{ ports: [{ port: "nobody" }] }] })],
    expected: { "client server:8080": false, "client server:8081": false },
  },
  {
    name: "an address range holds without its exceptions, on ingress",
    policies: [
      ingressOnly({
        ...toServer,
        ingress: [
          {
            from: [
              {
                ipBlock: {
                  cidr: podRange(),
                  except: [`${ip("client")}/32`, `${ip("nobody")}/32`, `${ip("nobody")}/31`],
                },
              },
            ],
          },
        ],
      }),
    ],
    expected: { "client server:8080": false, "stranger server:8080": true },
  },
  {
    name: "an address range holds without its exceptions, on egress",
    policies: [
      egressOnly({ ...ofClient, egress: [{ to: [{ ipBlock: { cidr: podRange(), except: [`${ip("other")}/32`] } }] }] }),
    ],
    expected: { "client other:8080": false, "client stranger:8080": true, "client api:443": false },
  },
  {
    name: "the API server is reached by its address behind the service",
    policies: [
      egressOnly({
        ...ofClient,
        egress: [{ to: [{ ipBlock: { cidr: `${ip("node")}/32` } }], ports: [{ port: 6443 }] }],
      }),
    ],
    expected: {
      "client api:443": true,
      "client node:6443": true,
      "client node:10250": false,
      "client server:8080": false,
    },
  },
  {
    name: "egress to DNS only reaches nothing else",
    policies: [
      egressOnly({
        egress: [
          {
            to: [
              {
                namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
                podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
              },
            ],
            ports: [{ port: 53, protocol: "UDP" }, { port: 53 }],
          },
        ],
      }),
    ],
    expected: {
      "client dns:53": true,
      "client api:443": false,
      "client server:8080": false,
      "client other:8080": false,
    },
  },
  {
    name: "policies add up",
    policies: [
      ingressOnly({}),
      ingressOnly({ ...toServer, ingress: [{ from: [ofClient], ports: [{ port: 8080 }] }] }),
      ingressOnly({ ...toServer, ingress: [{ from: [ofTeamB], ports: [{ port: 8081 }] }] }),
    ],
    expected: {
      "client server:8080": true,
      "client server:8081": false,
      "other server:8080": false,
      "other server:8081": true,
      "other client:8080": false,
    },
  },
  {
    name: "egress of one side and ingress of the other must both allow",
    policies: [
      egressOnly({ ...ofClient, egress: [{ to: [toServer], ports: [{ port: 8080 }, { port: 8081 }] }] }),
      ingressOnly({ ...toServer, ingress: [{ from: [ofClient], ports: [{ port: 8081 }, { port: 8082 }] }] }),
    ],
    expected: { "client server:8080": false, "client server:8081": true, "client server:8082": false },
  },
];

/** Placeholders: cases are written before the addresses are known. */
function ip(name: string): string {
  return `<${name}>`;
}

function podRange(): string {
  return "<podCidr>";
}
