// Every field that a kubeconfig of version v1 has, and what becomes of it: the reader checks by this table, and docs/kubeconfig.md
// shows it. Source: k8s.io/client-go/tools/clientcmd/api/v1/types.go of Kubernetes 1.36.

/** What a value must be, in words for people. */
export type FieldType = "text" | "true or false" | "base64" | "list of texts" | "lists of texts by name" | "any";

/** Part of the file that a field belongs to. */
export type FieldPart = "cluster" | "user" | "context" | "exec";

export interface Field {
  part: FieldPart;
  name: string;
  type: FieldType;
  /** `done`: it has its effect. `no effect`: it has none in kubectl either. `refused`: an error names it. */
  outcome: "done" | "no effect" | "refused";
  /** One sentence for people; for what is refused, why and what to do. */
  words: string;
  /** It is the path of a file, relative to the kubeconfig's folder. */
  file?: true;
}

const field = (part: FieldPart, name: string, type: FieldType, words: string, more: Partial<Field> = {}): Field => ({
  part,
  name,
  type,
  outcome: "done",
  words,
  ...more,
});

const file = { file: true } as const;
const noEffect = { outcome: "no effect" } as const;
const extensions = "Other programs' notes.";

export const fields: readonly Field[] = [
  field("context", "cluster", "text", "Name of an entry of `clusters`."),
  field("context", "user", "text", "Name of an entry of `users`; without one, nobody in particular asks."),
  field("context", "namespace", "text", "Namespace of objects that name none."),
  field("context", "extensions", "any", extensions, noEffect),

  field(
    "cluster",
    "server",
    "text",
    "URL, by https or http; its path is a prefix of every request's, watches and logs included.",
  ),
  field(
    "cluster",
    "tls-server-name",
    "text",
    "Asked for by SNI, and the name that the certificate must carry; an address works, too.",
  ),
  field(
    "cluster",
    "insecure-skip-tls-verify",
    "true or false",
    "The server's certificate isn't checked; not together with an authority.",
  ),
  field("cluster", "certificate-authority", "text", "PEM file of the authorities that may vouch for the server.", file),
  field("cluster", "certificate-authority-data", "base64", "The same as base64; not together with the file."),
  field(
    "cluster",
    "proxy-url",
    "text",
    "Proxy for everything that is asked: http, https or socks5, with a user and a password if need be.",
  ),
  field("cluster", "disable-compression", "true or false", "No answer is ever asked for in compressed form."),
  field(
    "cluster",
    "extensions",
    "any",
    "`client.authentication.k8s.io/exec` goes to a credential plugin that wants the cluster's data; others are other programs' notes.",
  ),
  field("cluster", "api-version", "text", "Of files before 2015.", noEffect),

  field("user", "client-certificate", "text", "PEM file, read again each minute.", file),
  field("user", "client-certificate-data", "base64", "The same as base64; not together with the file."),
  field("user", "client-key", "text", "PEM file of the certificate's key, read again each minute.", file),
  field("user", "client-key-data", "base64", "The same as base64; not together with the file."),
  field("user", "token", "text", "Bearer token."),
  field(
    "user",
    "tokenFile",
    "text",
    "File with a bearer token, read again each minute and after a 401; it wins over `token`.",
    file,
  ),
  field("user", "as", "text", "Impersonated user."),
  field("user", "as-uid", "text", "Uid of the impersonated user."),
  field("user", "as-groups", "list of texts", "Groups of the impersonated user."),
  field("user", "as-user-extra", "lists of texts by name", "Extra fields of the impersonated user."),
  field("user", "username", "text", "User of basic authentication; not together with a token."),
  field("user", "password", "text", "Its password."),
  field(
    "user",
    "auth-provider",
    "any",
    "Kubernetes 1.26 took the providers out: use `exec` with the provider's credential plugin.",
    { outcome: "refused" },
  ),
  field(
    "user",
    "exec",
    "any",
    "Credential plugin, for whoever shows nothing else; its token or certificate is used until it expires or is answered by 401.",
  ),
  field("user", "extensions", "any", extensions, noEffect),

  field(
    "exec",
    "apiVersion",
    "text",
    "`client.authentication.k8s.io/v1` or `…/v1beta1`; `v1alpha1` is refused, as by kubectl.",
  ),
  field(
    "exec",
    "command",
    "text",
    "Program: found by PATH, or, with a slash in it, relative to the kubeconfig's folder.",
    file,
  ),
  field("exec", "args", "list of texts", "Its arguments."),
  field("exec", "env", "any", "Variables (`name`, `value`) beside those of this process."),
  field("exec", "installHint", "text", "Shown where the program isn't there."),
  field("exec", "provideClusterInfo", "true or false", "The plugin is told the cluster's data."),
  field(
    "exec",
    "interactiveMode",
    "text",
    "`Never`, `IfAvailable` or `Always`: whether the plugin gets the terminal; `Always` without a terminal is an error. `v1` demands one.",
  ),
];
