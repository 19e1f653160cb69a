// Scripts for commands: values are assigned at their beginning, never pasted into their text.

/** A word that a shell takes as it is. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** `script` with variables before it. Throws for names that a shell doesn't know as such. */
export function withVariables(variables: Readonly<Record<string, string>>, script: string): string {
  const lines = Object.entries(variables).map(([name, value]) => {
    if (!/^[A-Z][A-Z0-9_]*$/.test(name)) throw new Error(`'${name}' is not a valid variable name`);
    return `${name}=${quoted(value)}`;
  });
  return [...lines, script.trim(), ""].join("\n");
}
