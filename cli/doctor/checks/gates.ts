// Whether the API server holds people at gates to the rules that the operator goes by: it reads them in an annotation of the namespace.
import { GATE_RULES_FORM, gateRulesText } from "@agentic/api/gate-rules.ts";
import { ANNOTATIONS, TENANT_CONFIG_MAP } from "@agentic/api/names.ts";
import type { Check } from "../check.ts";
import { type Finding, problem } from "../finding.ts";
import { pathOf, type Sight } from "../sight.ts";
import type { Space } from "../spaces.ts";

const AGAIN =
  "bring the platform up again, which writes it: `make up`, or `pulumi up -s <stack>`; of an external tenant its team's stack";

export const gates: Check = {
  name: "gates",
  asks: "are people at gates held to the tenants' rules?",
  look: async (see) => (await Promise.all(see.tenants.map((tenant) => rulesOf(see, tenant)))).flat(),
};

async function rulesOf(see: Sight, { name, annotations }: Space): Promise<Finding[]> {
  // Who may not list namespaces is told so already.
  if (!annotations) return [];
  const text = annotations[ANNOTATIONS.gateRules];
  const where = `Namespace ${name}`;
  const what = `its annotation ${ANNOTATIONS.gateRules}`;
  if (text === undefined) return [problem(where, `${what} is missing: every answer at its gates is refused`, AGAIN)];
  if (!new RegExp(GATE_RULES_FORM).test(text))
    return [problem(where, `${what} isn't as the platform writes it: every answer at its gates is refused`, AGAIN)];
  const settings = await see.get<{ data?: Record<string, string> }>(
    `${pathOf("v1", "configmaps", name)}/${TENANT_CONFIG_MAP}`,
  );
  if (!settings) return [];
  const wanted = textOf(settings.data ?? {});
  if (wanted === undefined)
    return [
      problem(
        `ConfigMap ${name}/${TENANT_CONFIG_MAP}`,
        "its rules for gates aren't as the platform writes them: the operator approves nothing by them",
        AGAIN,
      ),
    ];
  if (wanted === text) return [];
  const words = `${what} says ${said(text)}, its settings say ${said(wanted)}: people are let through by other rules than the operator's`;
  return [problem(where, words, AGAIN)];
}

const said = (text: string): string => text.replaceAll("\n", ", ");

function textOf(settings: Record<string, string>): string | undefined {
  try {
    return gateRulesText(settings);
  } catch {
    return undefined;
  }
}
