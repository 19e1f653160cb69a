// Volumes have a size, and none is larger than thought.
import { fields, items, objectRule, say } from "../objects.ts";

const units: Record<string, number> = {
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
};

/** Bytes of a quantity such as `10Gi`; NaN for what is none. */
export function bytes(quantity: unknown): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([KMGT]i|[kMGT])?$/.exec(String(quantity)) ?? [];
  return Number(number) * (unit ? (units[unit] ?? Number.NaN) : 1);
}

export const volumeSizes = objectRule(
  "volume-sizes",
  "Volume claims have a size of at most maxSize (100Gi).",
  (object, report, args) => {
    const { maxSize = "100Gi" } = args.getConfig<{ maxSize?: string }>() ?? {};
    const claims =
      object.kind === "PersistentVolumeClaim"
        ? [{ path: "spec", spec: object.spec }]
        : items(fields(object.spec).volumeClaimTemplates).map(({ spec }, i) => ({
            path: `spec.volumeClaimTemplates[${i}].spec`,
            spec,
          }));
    for (const { path, spec } of claims) {
      const size = fields(fields(fields(spec).resources).requests).storage;
      const at = `${path}.resources.requests.storage`;
      if (Number.isNaN(bytes(size))) report(say(at, "missing", "say how much, such as 10Gi"));
      else if (bytes(size) > bytes(maxSize))
        report(say(at, `${size} is more than ${maxSize}`, "ask for less, or raise maxSize in the policy's config"));
    }
  },
  { properties: { maxSize: { type: "string", default: "100Gi" } } },
);
