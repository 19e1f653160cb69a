// Builds shell scripts: values become variables at the beginning, never part of the script's text.

/** A value quoted as one literal word of a shell. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** `script` preceded by variable assignments. Throws for invalid variable names. */
export function withVariables(variables: Readonly<Record<string, string>>, script: string): string {
  const lines = Object.entries(variables).map(([name, value]) => {
    if (!/^[A-Z][A-Z0-9_]*$/.test(name))
      throw new Error(`'${name}' is not a valid variable name: use A-Z, 0-9 and _, with a letter first`);
    return `${name}=${quoted(value)}`;
  });
  return [...lines, script.trim(), ""].join("\n");
}
