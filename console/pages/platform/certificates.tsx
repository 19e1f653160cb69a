// Certificates with the days that they still hold, those that end first at the top.
import type { JSX } from "preact";
import type { PlatformView } from "../../contract.ts";
import { Moment } from "../parts/time.tsx";

/** Renewal should have come by then. */
const SOON_DAYS = 7;

export function CertificateTable({ certificates }: { certificates: PlatformView["certificates"] }): JSX.Element {
  if (certificates === null)
    return <p class="faint">There is no cert-manager, or you may not list its certificates.</p>;
  if (certificates.length === 0) return <p class="faint">cert-manager has none.</p>;
  return (
    <table class="plain overview">
      <thead>
        <tr>
          <th scope="col">Certificate</th>
          <th scope="col">Holds until</th>
          <th scope="col" class="number">
            Days left
          </th>
        </tr>
      </thead>
      <tbody>
        {certificates.map(({ namespace, name, expiresAt, daysLeft, ready }) => (
          <tr key={`${namespace}/${name}`}>
            <th scope="row">
              {name}
              <div class="small faint">{namespace}</div>
            </th>
            <td>
              {expiresAt ? <Moment at={expiresAt} /> : "not issued yet"}
              {!ready && <span class="badge bad">Not ready</span>}
            </td>
            <td class={`number ${daysLeft < SOON_DAYS ? "urgent" : ""}`}>{expiresAt && daysLeft}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
