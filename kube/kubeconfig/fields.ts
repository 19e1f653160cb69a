// Every field of a kubeconfig of version v1, its type and how the reader treats it: the reader checks by this table, and
// docs/kubeconfig.md shows it. Source: k8s.io/client-go/tools/clientcmd/api/v1/types.go of Kubernetes 1.36.

/** The type of a value, as messages and the page name it. */
export type FieldType = "text" | "true or false" | "base64" | "list of texts" | "lists of texts by name" | "any";

/** The part of a kubeconfig that a field belongs to. */
export type FieldPart = "cluster" | "user" | "context" | "exec";

export interface Field {
  part: FieldPart;
  name: string;
  type: FieldType;
  /** `done`: the field is supported. `no effect`: it is ignored, as by kubectl. `refused`: a value of it is an error. */
  outcome: "done" | "no effect" | "refused";
  /** One sentence for people; for a refused field, why it is refused and what to use instead. */
  description: string;
  /** The value is the path of a file, relative to the kubeconfig's folder. */
  file?: true;
}

const field = (
  part: FieldPart,
  name: string,
  type: FieldType,
  description: string,
  more: Partial<Field> = {},
): Field => ({
  part,
  name,
  type,
  outcome: "done",
  description,
  ...more,
});

const file = { file: true } as const;
const noEffect = { outcome: "no effect" } as const;
const extensions = "Notes of other programs.";

export const fields: readonly Field[] = [
  field("context", "cluster", "text", "Name of an entry of `clusters`."),
  field("context", "user", "text", "Name of an entry of `users`; without one, requests are anonymous."),
  field("context", "namespace", "text", "Namespace of objects that don't name one."),
  field("context", "extensions", "any", extensions, noEffect),

  field(
    "cluster",
    "server",
    "text",
    "URL, by https or http; its path is put before the path of every request, watches and logs included.",
  ),
  field(
    "cluster",
    "tls-server-name",
    "text",
    "Name that is sent by SNI and that the certificate must carry; an address works, too.",
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
    "Proxy for all requests, by http, https or socks5; the URL may carry a user and a password.",
  ),
  field("cluster", "disable-compression", "true or false", "Whether answers are uncompressed; they always are here."),
  field(
    "cluster",
    "extensions",
    "any",
    "`client.authentication.k8s.io/exec` goes to a credential plugin that wants the cluster's data; others are notes of other programs.",
  ),
  field("cluster", "api-version", "text", "Written by releases before 2015.", noEffect),

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
  field("user", "password", "text", "Password of that user."),
  field(
    "user",
    "auth-provider",
    "any",
    "Kubernetes 1.26 removed the providers: use `exec` with the provider's credential plugin.",
    { outcome: "refused" },
  ),
  field(
    "user",
    "exec",
    "any",
    "Credential plugin, for a user without other credentials; its token or certificate is used until it expires or is answered by 401.",
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
    "Program, looked up in PATH; one with a slash in it is relative to the kubeconfig's folder.",
    file,
  ),
  field("exec", "args", "list of texts", "Arguments of the program."),
  field("exec", "env", "any", "Variables (`name`, `value`) in addition to those of this process."),
  field("exec", "installHint", "text", "Shown if the program isn't installed."),
  field("exec", "provideClusterInfo", "true or false", "Whether the plugin gets the cluster's data."),
  field(
    "exec",
    "interactiveMode",
    "text",
    "`Never`, `IfAvailable` or `Always`: whether the plugin gets the terminal; `Always` without a terminal is an error. `v1` demands one.",
  ),
];
