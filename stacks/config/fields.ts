// Shapes that several sections of the config share.
import { Type } from "typebox";

const octet = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
export const cidr = `^(${octet}\\.){3}${octet}/(3[0-2]|[12]?\\d)$`;

/** A range that a network policy opens: one wider than a /8 would be a part of the internet. */
export const policyCidr = `^(${octet}\\.){3}${octet}/(3[0-2]|[12]\\d|[89])$`;

/** One address. */
export const ipv4 = `^(${octet}\\.){3}${octet}$`;

/** A DNS label, as Kubernetes names things. */
export const dnsLabel = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$";

/** Cores, such as `2`, `1.5` or `500m`. */
export const cpuPattern = "^([1-9]\\d{0,5}m|[1-9]\\d{0,3}(\\.\\d{1,3})?)$";

/** Bytes, such as `512Mi`. */
export const memoryPattern = "^[1-9]\\d{0,5}(Mi|Gi|Ti)$";

/** An image with a tag or a digest, and never the tag `latest`, which may be another image tomorrow. */
export const imagePattern =
  "^[a-z0-9][a-zA-Z0-9._/:-]*(:(?!latest(@|$))[A-Za-z0-9_][A-Za-z0-9._-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$";

/** A registry with the path below which its images are; empty where none is given. */
export const imageRegistryPattern = "^([a-z0-9][a-z0-9.-]*(:\\d{1,5})?(/[a-z0-9][a-z0-9._-]*)*)?$";

/** What a pattern requires, in words for an error. */
export const patternWords: Record<string, string> = {
  [cidr]: "an IPv4 range such as 10.0.0.0/16",
  [policyCidr]: "an IPv4 range from /8 to /32, such as 10.0.0.0/16",
  [ipv4]: "an IPv4 address such as 10.96.0.20",
  [dnsLabel]: "a DNS label: a-z, 0-9 and - inside",
  [cpuPattern]: "cores such as 2, 1.5 or 500m",
  [memoryPattern]: "bytes such as 512Mi or 4Gi",
  [imageRegistryPattern]:
    "a registry with a path, such as registry.example.com/platform, without https:// and a / at the end",
  [imagePattern]: "an image's full reference with a tag, but not latest, or a digest",
};

/** Unknown fields are errors. */
export const closed = { additionalProperties: false } as const;

/** An optional text that matches `pattern`, where there is one. */
export const text = (description: string, pattern?: string) =>
  Type.Optional(Type.String({ description, ...(pattern ? { pattern } : {}) }));

/** An optional whole number from `from` to `to`; the unit is in the field's name or in the description. */
export const wholeNumber = ({
  from,
  to,
  ...options
}: {
  from: number;
  to: number;
  default?: number;
  description: string;
}) => Type.Optional(Type.Integer({ minimum: from, maximum: to, ...options }));
