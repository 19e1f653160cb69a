// What installs a release of k3s on a Linux host and takes it away again, as scripts for /bin/sh.

/** Downloads the binary, holds it to its checksum and puts its path into `$binary`. Variables: RELEASES, VERSION, SHA256 or "". */
export const download = `
case "$(uname -m)" in
  x86_64) arch=amd64 file=k3s ;;
  aarch64) arch=arm64 file=k3s-arm64 ;;
  *) echo "k3s: there is no release for $(uname -m)" >&2; exit 1 ;;
esac
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# A + in a URL's path is a blank to some servers.
release="$RELEASES/$(printf '%s' "$VERSION" | sed 's/+/%2B/')"
curl -fsSL --retry 3 -o "$folder/$file" "$release/$file"
if [ -z "$SHA256" ]; then
  curl -fsSL --retry 3 -o "$folder/sums" "$release/sha256sum-$arch.txt"
  SHA256=$(awk -v file="$file" '$2 == file || $2 == "*" file { print $1 }' "$folder/sums")
fi
found=$(sha256sum "$folder/$file" | cut -d ' ' -f 1)
if [ -z "$SHA256" ] || [ "$found" != "$SHA256" ]; then
  echo "k3s: $release/$file has the checksum $found, not \${SHA256:-any that the release names}: it is not installed" >&2
  exit 1
fi
binary="$folder/$file"`;

const asRoot = `
if [ "$(id -u)" != 0 ]; then sudo=sudo; else sudo=; fi`;

/** Where the stack notes that it made what is there. */
const marker = "/etc/rancher/k3s/made-by-agentic";

/** Installs and starts; standard output is the kubeconfig alone. Variables: those of download, CONFIG, ADDRESS. */
export const install = `
set -eu
umask 077
${asRoot.trim()}
if [ -e /usr/local/bin/k3s ] && ! $sudo test -e ${marker}; then
  echo "k3s: this host has a k3s that isn't this stack's: use it by cluster.kind existing, or uninstall it" >&2
  exit 1
fi
${download.trim()}
$sudo mkdir -p /etc/rancher/k3s
$sudo touch ${marker}
printf '%s' "$CONFIG" | $sudo tee /etc/rancher/k3s/config.yaml >/dev/null
$sudo install -m 0755 "$binary" /usr/local/bin/k3s
printf '%s' "$UNIT" | $sudo tee /etc/systemd/system/k3s.service >/dev/null
$sudo systemctl daemon-reload
$sudo systemctl enable k3s >&2
$sudo systemctl restart k3s >&2
tries=0
until $sudo /usr/local/bin/k3s kubectl get --raw /readyz >/dev/null 2>&1; do
  tries=$((tries + 1))
  if [ "$tries" -gt 90 ]; then
    $sudo journalctl -u k3s -n 30 --no-pager >&2 || true
    echo "k3s: it isn't ready after 3 minutes" >&2
    exit 1
  fi
  sleep 2
done
$sudo sed "s#https://127.0.0.1:#https://$ADDRESS:#" /etc/rancher/k3s/k3s.yaml`;

/** Stops it with all its pods and removes all that it wrote; leaves a k3s that isn't the stack's. */
export const uninstall = `
set -eu
${asRoot.trim()}
if ! $sudo test -e ${marker}; then
  echo "k3s: nothing of this stack's is here" >&2
  exit 0
fi
$sudo systemctl disable --now k3s >&2 || true
# Its pods are in groups of their own and outlive the service.
for group in /sys/fs/cgroup/kubepods* /sys/fs/cgroup/*/kubepods*; do
  if [ -d "$group" ]; then
    find "$group" -name cgroup.procs -exec cat {} + | sort -u | xargs -r $sudo kill -9 || true
  fi
done
awk '$2 ~ "^/(run/k3s|run/netns/cni-|var/lib/rancher/k3s|var/lib/kubelet)" { print $2 }' /proc/self/mounts | sort -r | xargs -r -n 1 $sudo umount -l
for link in cni0 flannel.1; do $sudo ip link delete "$link" 2>/dev/null || true; done
if command -v iptables-save >/dev/null; then
  $sudo iptables-save | grep -v -e KUBE- -e CNI- -e flannel | $sudo iptables-restore
fi
$sudo rm -rf /usr/local/bin/k3s /etc/systemd/system/k3s.service /etc/rancher /var/lib/rancher /var/lib/kubelet /run/k3s /var/lib/cni
$sudo systemctl daemon-reload`;

/** Makes a folder that no other user of the host may enter, and prints its path: what lies in it is imported with root's rights. */
export const privateFolder = `
set -eu
umask 077
mktemp -d /var/tmp/agentic-images-XXXXXXXXXX`;

/** Ends the script where the file $ARCHIVE doesn't have the checksum $SHA256. */
export const checkArchive = `
set -eu
found=$(sha256sum "$ARCHIVE" | cut -d ' ' -f 1)
if [ "$found" != "$SHA256" ]; then
  echo "$ARCHIVE has the checksum $found on this host, not $SHA256 as it was sent: it is not imported" >&2
  exit 1
fi`;

/** Imports an archive of images that lies at $ARCHIVE on the host. */
export const importImages = `
set -eu
${asRoot.trim()}
$sudo /usr/local/bin/k3s ctr --namespace k8s.io images import "$ARCHIVE" >&2`;

/** The service. What k3s is told is in its own file of settings. */
export const unit = `[Unit]
Description=Lightweight Kubernetes, made by Pulumi
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
KillMode=process
Delegate=yes
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s
ExecStartPre=-/sbin/modprobe br_netfilter
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/local/bin/k3s server

[Install]
WantedBy=multi-user.target
`;
