// The form of one template, made from the schema of its parameters; it tries what is typed, and submits it.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { estimateFor, parseEstimate } from "@agentic/api/cost-estimate.ts";
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import { stringify } from "yaml";
import { type Created, type CreateRequest, PAGES, PATHS, type TemplateView } from "../../contract.ts";
import { Field } from "../parts/field.tsx";
import { Problem } from "../parts/states.tsx";
import { say } from "../parts/toast.tsx";
import { call } from "../state/api.ts";
import { forgetDraft, useDraft } from "../state/draft.ts";
import { draftOf, droppedParameters } from "./again.ts";
import { FIELDS, faultsIn, faultsOf, parameterField } from "./checks.ts";
import { askedParameters, emptyDraft, type StartDraft, urlsOf, workloadOf } from "./draft.ts";
import { Preview } from "./preview.tsx";
import { useTried } from "./tried.ts";

const MODES = [
  ["", "as the platform has it"],
  ["auto", "the policy, people where it asks"],
  ["manual", "people, whatever the policy says"],
] as const;

interface Props {
  template: TemplateView;
  namespace: string;
  /** The workload that is run again, whose values the form begins with. */
  before?: AgentWorkload;
}

export function StartForm({ template, namespace, before }: Props): JSX.Element {
  const key = `start/${namespace}/${template.name}${before ? `/${before.metadata.uid}` : ""}`;
  const draft = useDraft<StartDraft>(key, () => (before ? draftOf(template, before) : emptyDraft(template.name)));
  const form = useRef<HTMLFormElement>(null);
  const { route } = useLocation();
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  const { name, objective, urls, mode, parameters } = draft.value;
  const asked = askedParameters(template);
  const fields = [...Object.values(FIELDS), ...asked.map(([parameter]) => parameterField(parameter))];
  const faults = faultsOf(template, draft.value);
  const isIncomplete = Object.keys(faults).length > 0;
  const yaml = stringify(workloadOf(template, namespace, draft.value));
  const tried = useTried(namespace, isIncomplete ? undefined : yaml);
  const refused = tried.result?.ok === false ? faultsIn(tried.result.error.causes, fields) : {};
  const dropped = before ? droppedParameters(template, before) : [];
  const estimate = parseEstimate(template.costEstimate);

  const change = (part: Partial<StartDraft>) => {
    draft.value = { ...draft.value, ...part };
  };
  /** What each field's element needs beside its words. */
  const of = (field: string) => ({
    fault: (touched.has(field) ? faults[field] : undefined) ?? refused[field],
    onBlur: () => setTouched((before) => new Set([...before, field])),
  });
  const submit = async (event: Event) => {
    event.preventDefault();
    setTouched(new Set(fields));
    if (isIncomplete) {
      // Once the faults are drawn.
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return;
    }
    setBusy(true);
    setError(undefined);
    const body: CreateRequest = { namespace, yaml };
    try {
      const made = await call<Created>(PATHS.workloads, { method: "POST", body });
      forgetDraft(key);
      say(`${made.name} is submitted.`);
      route(PAGES.workload(made.namespace, made.name));
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };

  return (
    <div class="start">
      <form class="panel inside-panel stack" ref={form} noValidate aria-label={template.title} onSubmit={submit}>
        {error !== undefined && <Problem error={error} />}
        {dropped.length > 0 && (
          <p class="notice wait">
            The template has no such parameters any more, and they are left out: {dropped.join(", ")}.
          </p>
        )}
        <Field label="Name" isRequired value={name} onInput={(to) => change({ name: to })} {...of(FIELDS.name)} />
        <Field
          label="Objective"
          isRequired
          lines={3}
          help="What to find out, in plain language."
          value={objective}
          onInput={(to) => change({ objective: to })}
          {...of(FIELDS.objective)}
        />
        <Field
          label="Pages to read"
          isRequired
          lines={4}
          help="Addresses, one a line."
          placeholder="https://shop.example/kettles"
          value={urls}
          onInput={(to) => change({ urls: to })}
          {...of(FIELDS.urls)}
        />
        <Field
          label="Who decides at the gate"
          options={MODES}
          value={mode}
          onInput={(to) => change({ mode: MODES.find(([known]) => known === to)?.[0] ?? "" })}
        />
        {asked.map(([parameter, { description, default: byDefault, enum: values }]) => (
          <Field
            key={parameter}
            label={parameter}
            isRequired={template.parameters.required.includes(parameter)}
            help={[description, byDefault && `Default: ${byDefault}`].filter(Boolean).join(" ") || undefined}
            value={parameters[parameter] ?? ""}
            onInput={(to) => change({ parameters: { ...parameters, [parameter]: to } })}
            {...(values ? { options: [["", "default"], ...values.map((each) => [each, each] as const)] } : {})}
            {...of(parameterField(parameter))}
          />
        ))}
        {estimate && (
          <p class="faint">
            Likely cost: {estimateFor(Math.max(urlsOf(draft.value).length, 1), estimate)} {estimate.currency}
          </p>
        )}
        <div class="row">
          <button type="submit" class="button primary" disabled={busy}>
            {busy ? "Submitting …" : "Submit"}
          </button>
        </div>
      </form>
      <Preview yaml={yaml} isIncomplete={isIncomplete} tried={tried} />
    </div>
  );
}
