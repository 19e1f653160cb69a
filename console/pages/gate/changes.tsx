// What an approver may change: a field each, as the template declares them; or what those who have approved already have changed.
import type { Changes } from "@agentic/api/changes.ts";
import type { JSX } from "preact";
import type { GateView } from "../../contract.ts";
import { Field } from "../parts/field.tsx";
import { changeFaults } from "./change-faults.ts";

/** Texts of more characters get a field of several lines. */
const ONE_LINE = 200;

interface Props {
  gate: Pick<GateView, "changeable" | "approvedWith">;
  /** As typed, by name. */
  values: Changes;
  onInput: (name: string, value: string) => void;
}

export function ChangeFields({ gate: { changeable, approvedWith }, values, onInput }: Props): JSX.Element | null {
  const declared = Object.entries(changeable);
  if (declared.length === 0) return null;
  if (approvedWith) {
    const changes = Object.entries(approvedWith.changes);
    return (
      <div class="notice">
        <span>
          {approvedWith.by.join(", ")} has approved {changes.length > 0 ? "with these changes" : "without changes"}, and
          so does who approves now.
        </span>
        <Changed changes={changes} />
      </div>
    );
  }
  const faults = changeFaults(changeable, values);
  return (
    <fieldset class="stack">
      <legend>Approve with changes</legend>
      {declared.map(([name, { description, default: byDefault, enum: options, maxLength = 0 }]) => (
        <Field
          key={name}
          label={name}
          value={values[name] ?? ""}
          help={[description, byDefault && `Default: ${byDefault}`].filter(Boolean).join(" ") || undefined}
          fault={faults[name]}
          onInput={(value) => onInput(name, value)}
          {...(options ? { options: [["", "as it is"], ...options.map((each) => [each, each] as const)] } : {})}
          {...(maxLength > ONE_LINE ? { lines: 3 } : {})}
        />
      ))}
    </fieldset>
  );
}

/** Names with values. */
export function Changed({ changes }: { changes: readonly (readonly [name: string, value: string])[] }): JSX.Element {
  return (
    <ul class="bullets">
      {changes.map(([name, value]) => (
        <li key={name}>
          {name}: {value}
        </li>
      ))}
    </ul>
  );
}
