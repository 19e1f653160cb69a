// Who may come into Postgres, and how it learns of a new certificate.
import { tlsFolder } from "../../security/certificates.ts";
import { hardenedContainer, tmpMount } from "../../security/pod.ts";

/**
 * Who comes over the network comes with a password, encrypted where there is a certificate, and into the database of its own
 * name only, whatever that of another grants; the superuser makes them all. On the socket, which only this pod has, is just it.
 */
export function hba(encrypted: boolean): string {
  const network = encrypted ? "hostssl" : "host";
  return `local all postgres peer
${network} sameuser all all scram-sha-256
${network} all postgres all scram-sha-256
`;
}

/**
 * Has Postgres read its certificate again when that has changed: it doesn't look by itself. kubelet renames a link when it
 * brings another certificate, so that the link is newer than what it was compared with.
 */
const alive = "/tmp/reload-alive";
const reload = `
seen=$(readlink ${tlsFolder}/..data)
touch ${alive}
while sleep 5; do
  touch ${alive}
  now=$(readlink ${tlsFolder}/..data)
  if [ "$now" != "$seen" ] && psql --no-psqlrc --quiet --username postgres --command 'SELECT pg_reload_conf()' >/dev/null; then
    echo "the certificate has changed: Postgres reads it again"
    seen=$now
  fi
done
`;

/** Whether it still looks. */
const looks = { command: ["/bin/sh", "-c", `test $(($(date +%s) - $(stat -c %Y ${alive}))) -lt 60`] };

/** The container that looks; `tlsMounts` are those of the certificate. */
export function reloader(image: string, tlsMounts: { name: string; mountPath: string; readOnly: boolean }[]) {
  return hardenedContainer({
    name: "reload",
    image,
    command: ["/bin/sh", "-c", reload],
    resources: { requests: { cpu: "5m", memory: "16Mi" }, limits: { cpu: "100m", memory: "64Mi" } },
    readinessProbe: { exec: looks, periodSeconds: 30, timeoutSeconds: 5 },
    livenessProbe: { exec: looks, initialDelaySeconds: 60, periodSeconds: 60, timeoutSeconds: 5 },
    volumeMounts: [{ name: "run", mountPath: "/var/run/postgresql" }, tmpMount, ...tlsMounts],
  });
}
