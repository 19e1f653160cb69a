// What the Sigstore in the cluster needs of a stack's other components.
import { sigstoreRoot } from "../../components/security/sigstore-names.ts";

interface ComponentSwitches {
  sigstore?: { enabled?: boolean; image?: string };
  certificates?: { enabled?: boolean };
  policyController?: { enabled?: boolean };
}

/** What is wrong with the components that the Sigstore in the cluster needs beside it; `key` writes a config key in full. */
export function sigstoreErrors(
  { sigstore, certificates, policyController }: ComponentSwitches,
  key: (path: string) => string,
): string[] {
  if (!sigstore?.enabled) return [];
  const enabled = (component: string) => key(`components.${component}.enabled`);
  return [
    ...(policyController?.enabled
      ? []
      : [`${enabled("policyController")} is not true, but sigstore needs it: switch it on`]),
    ...(certificates?.enabled === false
      ? [
          `${enabled("certificates")} is false, but sigstore needs keys and certificates: leave it on, or switch sigstore off`,
        ]
      : []),
    ...(sigstore.image
      ? []
      : [
          `${key("components.sigstore.image")} is missing: nobody publishes its image, so build and push it (docs/image-signing.md), and name it here by digest`,
        ]),
  ];
}

/** The trust root of the Sigstore in the cluster, which has no log of certificates; none without it. */
export const clusterRoots = ({ sigstore }: ComponentSwitches): { name: string; certificateLog?: undefined }[] =>
  sigstore?.enabled ? [{ name: sigstoreRoot }] : [];
