// One field of a form: its name, what it is for, what is wrong with it.
import type { JSX } from "preact";
import { useId } from "preact/hooks";

interface Props {
  label: string;
  value: string;
  onInput: (value: string) => void;
  onBlur?: () => void;
  help?: string | undefined;
  fault?: string | undefined;
  isRequired?: boolean;
  /** Lines of a text. */
  lines?: number;
  /** Values to choose from, with words. */
  options?: readonly (readonly [value: string, words: string])[];
  placeholder?: string | undefined;
}

export function Field({ label, help, fault, isRequired = false, lines, options, ...rest }: Props): JSX.Element {
  const id = useId();
  const { value, onInput, onBlur, placeholder } = rest;
  const shared = {
    id,
    value,
    required: isRequired,
    "aria-invalid": fault !== undefined,
    "aria-describedby": `${id}-help`,
    onInput: (event: { currentTarget: { value: string } }) => onInput(event.currentTarget.value),
    ...(onBlur ? { onBlur } : {}),
    ...(placeholder === undefined ? {} : { placeholder }),
  };
  return (
    <div class="field">
      <label for={id}>
        {label} {!isRequired && <span class="faint small">optional</span>}
      </label>
      {options ? (
        <select {...shared}>
          {options.map(([option, words]) => (
            <option key={option} value={option}>
              {words}
            </option>
          ))}
        </select>
      ) : lines ? (
        <textarea {...shared} rows={lines} />
      ) : (
        <input {...shared} autocomplete="off" spellcheck={false} />
      )}
      <div id={`${id}-help`}>
        {fault && <p class="fault">{fault}</p>}
        {help && <p class="help">{help}</p>}
      </div>
    </div>
  );
}
