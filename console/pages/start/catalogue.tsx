// The templates that a tenant's workloads can run, to choose one from.
import type { JSX } from "preact";
import type { TemplateView } from "../../contract.ts";

interface Props {
  templates: readonly TemplateView[];
  /** The address of a template's form. */
  addressOf: (template: string) => string;
}

export function Catalogue({ templates, addressOf }: Props): JSX.Element {
  return (
    <ul class="catalogue">
      {templates.map(({ name, title, description, owner, steps, channel, costEstimate }) => (
        <li key={name} class="panel inside-panel stack">
          <div>
            <h2>
              <a href={addressOf(name)}>{title}</a>
            </h2>
            <p class="faint small">
              {name}
              {channel && ` · ${channel}`}
            </p>
          </div>
          {description && <p>{description}</p>}
          <dl class="facts">
            {steps.length > 0 && (
              <>
                <dt>Steps</dt>
                <dd>{steps.join(", ")}</dd>
              </>
            )}
            {costEstimate && (
              <>
                <dt>Cost</dt>
                <dd>{costEstimate}</dd>
              </>
            )}
            {owner && (
              <>
                <dt>Owner</dt>
                <dd>{owner}</dd>
              </>
            )}
          </dl>
        </li>
      ))}
    </ul>
  );
}
