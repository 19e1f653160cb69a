// Which connections Postgres takes, and how it learns of a new certificate.
import { tlsFolder } from "../../security/certificates.ts";
import { hardenedContainer, tmpMount } from "../../security/pod.ts";

/**
 * The content of pg_hba.conf. Over the network a role needs its password, and TLS where there is a certificate; it reaches the
 * database of its own name, or of the one role that it is a member of, whatever another database grants; who reads the statistics reaches
 * the database that every server has, and the superuser reaches all. The socket, which only this pod has, takes the superuser alone.
 */
export function hba(encrypted: boolean): string {
  const network = encrypted ? "hostssl" : "host";
  return `local all postgres peer
${network} samerole all all scram-sha-256
${network} postgres +pg_monitor all scram-sha-256
${network} all postgres all scram-sha-256
`;
}

/**
 * Makes Postgres read its certificate again after a change, which it doesn't notice itself. The kubelet points the link `..data`
 * to another folder when it updates the volume, so that a change of the link is a change of the certificate.
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

/** Whether the loop is still running. */
const looks = { command: ["/bin/sh", "-c", `test $(($(date +%s) - $(stat -c %Y ${alive}))) -lt 60`] };

/** The container that watches the certificate, mounted by `tlsMounts`. */
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
