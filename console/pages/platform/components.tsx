// Components with how many of their pods are ready and the version that runs; what isn't ready comes first.
import type { JSX } from "preact";
import type { PlatformView } from "../../contract.ts";
import { Icon } from "../parts/icon.tsx";
import { versionOf } from "./version.ts";

type Component = NonNullable<PlatformView["components"]>[number];

const isReady = ({ ready, wanted }: Component): boolean => ready >= wanted;

export function ComponentTable({ components }: { components: PlatformView["components"] }): JSX.Element {
  if (components === null)
    return <p class="faint">You may not read them: it takes the right to list the cluster's deployments.</p>;
  if (components.length === 0) return <p class="faint">None of the platform's namespaces has any.</p>;
  const sorted = components.toSorted(
    (one, other) =>
      Number(isReady(one)) - Number(isReady(other)) ||
      one.namespace.localeCompare(other.namespace) ||
      one.name.localeCompare(other.name),
  );
  return (
    <table class="plain overview">
      <thead>
        <tr>
          <th scope="col" class="health">
            Health
          </th>
          <th scope="col">Component</th>
          <th scope="col">Version</th>
          <th scope="col" class="number">
            Ready
          </th>
        </tr>
      </thead>
      <tbody>
        {sorted.map((component) => {
          const { namespace, kind, name, image, ready, wanted, message } = component;
          const good = isReady(component);
          return (
            <tr key={`${namespace}/${kind}/${name}`}>
              <td>
                <span class={`badge ${good ? "good" : "bad"}`}>
                  <Icon name={good ? "check" : "cross"} />
                  {good ? "Ready" : "Not ready"}
                </span>
              </td>
              <th scope="row">
                {name}
                <div class="small faint">{namespace}</div>
                {!good && message && <div class="small">{message}</div>}
              </th>
              <td title={image}>{versionOf(image)}</td>
              <td class="number">
                {ready} of {wanted}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
