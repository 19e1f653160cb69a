// Why the API server would refuse an answer, without the names of objects and policies around it.

/** The last sentence of a refusal by admission; other refusals are themselves. */
export function ruleOf(message: string): string {
  const begin = "denied request: ";
  const at = message.lastIndexOf(begin);
  const rule = at < 0 ? message : message.slice(at + begin.length);
  return rule.charAt(0).toUpperCase() + rule.slice(1);
}
