#!/bin/sh
# Installs the Keepaloft agent that lies beside this script. Needs no network. See docs/installing.md.
set -eu
umask 022

usage() {
  cat <<'USAGE'
usage: install.sh [--endpoint URL --region REGION]    install, or upgrade what is installed
       install.sh --uninstall                         remove it

  --endpoint URL   the arbiter's address: the host fetches its configuration there, unless it has one already
  --region REGION  the arbiter's region

DESTDIR=DIRECTORY in the environment installs into an image mounted there, and starts nothing.
An upgrade keeps the VIPs where they are. A new version that does not start, or that the arbiter does not answer,
is replaced by the previous one. Exit: 0 done, 1 not done, the message says why, 64 wrong arguments.
USAGE
}
die() { echo "keepaloft: $*" >&2; exit 1; }
say() { echo "keepaloft: $*"; }

root=${DESTDIR:-}
home=$root/opt/keepaloft
etc=$root/etc/keepaloft
units=$root/etc/systemd/system
command=$root/usr/local/bin/keepaloft-agent
state=$root/var/lib/keepaloft
pings=$root/etc/sysctl.d/00-keepaloft.conf
range=/proc/sys/net/ipv4/ping_group_range
here=$(cd "$(dirname "$0")" && pwd)
# Long enough for three heartbeats that wait for their time-out, and the start of the previous version.
VERDICT_S=30

endpoint= region= uninstall=
while [ $# -gt 0 ]; do
  case $1 in
    --endpoint) [ $# -gt 1 ] || { usage >&2; exit 64; }; endpoint=$2; shift ;;
    --region) [ $# -gt 1 ] || { usage >&2; exit 64; }; region=$2; shift ;;
    --uninstall) uninstall=yes ;;
    --help) usage; exit 0 ;;
    *) echo "keepaloft: $1 is not an option" >&2; usage >&2; exit 64 ;;
  esac
  shift
done

[ "$(id -u)" = 0 ] || die "must be root: use sudo"
# systemd itself says by this directory that it runs.
systemd_runs() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

# The agent's pings need no right where its group may open ping sockets; by the kernel's own default nobody may. The name
# makes it the first in the order: whatever the distribution or an administrator says overrules it.
allow_pings() {
  mkdir -p "$root/etc/sysctl.d"
  printf '# Keepaloft: checks that ping, as group root.\nnet.ipv4.ping_group_range = 0 0\n' >"$pings.new"
  chmod 0644 "$pings.new" && mv -f "$pings.new" "$pings"
  if [ -n "$root" ]; then return 0; fi
  if [ "$(tr '\t' ' ' <"$range" 2>/dev/null)" = "1 0" ]; then echo "0 0" >"$range" || true; fi
}

uninstall() {
  if systemd_runs; then
    systemctl disable keepaloft-agent.service keepaloft-enroll.service 2>/dev/null || true
    # Without handing over: nobody takes the VIPs away, they stay bound here until a reboot.
    systemctl stop keepaloft-enroll.service 2>/dev/null || true
    pid=$(systemctl show -p MainPID --value keepaloft-agent.service 2>/dev/null || echo 0)
    if [ "${pid:-0}" -gt 0 ]; then
      mkdir -p /run/systemd/system/keepaloft-agent.service.d
      printf '[Service]\nRestart=no\n' >/run/systemd/system/keepaloft-agent.service.d/leave.conf
      systemctl daemon-reload
      kill -USR2 "$pid" 2>/dev/null || true
      waited=0
      while [ -d "/proc/$pid" ] && [ $waited -lt 15 ]; do sleep 1; waited=$((waited + 1)); done
      systemctl stop keepaloft-agent.service 2>/dev/null || true
      rm -rf /run/systemd/system/keepaloft-agent.service.d
    fi
  fi
  rm -f "$units/keepaloft-agent.service" "$units/keepaloft-enroll.service" "$command" "$pings"
  if systemd_runs; then systemctl daemon-reload; fi
  rm -rf "$home"
  say "removed. $etc and $state are kept."
  say "A VIP that this host holds stays: bound in the kernel, and with its interface in EC2, until another member's"
  say "heartbeat takes it over. Nothing will bind it again after a reboot of this host. If nobody is to take over,"
  say "remove the address yourself; if this was the last member, remove its group."
}

# Copies beside the target and renames: whoever reads meets the old file or the new one.
place() { # MODE SOURCE TARGET
  cp "$2" "$3.new" && chown 0:0 "$3.new" && chmod "$1" "$3.new" && mv -f "$3.new" "$3"
}
point() { # LINK TARGET
  ln -sfn "$2" "$home/$1.new" && mv -fT "$home/$1.new" "$home/$1"
}
current() { readlink "$home/$1" 2>/dev/null || true; }

unpack() {
  fresh=$home/$version.new
  rm -rf "$fresh"
  mkdir "$fresh"
  cp -R "$here/." "$fresh/"
  chown -R 0:0 "$fresh"
  chmod -R u=rwX,go=rX "$fresh"
}

# A version that cannot even start here, or not with this host's configuration, never becomes the current one.
try() {
  if [ -n "$root" ]; then return 0; fi
  said=$("$home/$version.new/node" "$home/$version.new/keepaloft-agent.cjs" --version 2>&1) ||
    { rm -rf "$home/$version.new"; die "version $version does not run on this host ($(uname -m)): $said. Nothing was changed"; }
  if [ ! -f "$etc/agent.yaml" ]; then return 0; fi
  said=$("$home/$version.new/node" "$home/$version.new/keepaloft-agent.cjs" --check --config "$etc/agent.yaml" 2>&1) ||
    { rm -rf "$home/$version.new"; die "version $version does not take $etc/agent.yaml: $said. Nothing was changed"; }
}

# The version's folder in its place. One of the same name that is another build is kept as NAME~ while it is in use.
settle() {
  if [ -d "$home/$version" ]; then
    if diff -rq "$home/$version" "$home/$version.new" >/dev/null 2>&1; then
      rm -rf "$home/$version.new"
      return 0
    fi
    rm -rf "$home/$version~"
    cp -a "$home/$version" "$home/$version~"
    if [ "$(current current)" = "$version" ]; then point current "$version~"; fi
    rm -rf "$home/$version"
  fi
  mv "$home/$version.new" "$home/$version"
}

# Only what is linked stays: an agent that runs has its files open.
tidy() {
  for folder in "$home"/*/; do
    # The links look like folders, too.
    if [ -L "${folder%/}" ]; then continue; fi
    name=$(basename "$folder")
    case $name in "$(current current)" | "$(current previous)") ;; *) rm -rf "${home:?}/$name" ;; esac
  done
}

install_units() {
  mkdir -p "$units" "$(dirname "$command")" "$etc"
  place 0755 "$home/$version/guard" "$home/guard"
  place 0644 "$home/$version/keepaloft-agent.service" "$units/keepaloft-agent.service"
  place 0644 "$home/$version/keepaloft-enroll.service" "$units/keepaloft-enroll.service"
  place 0755 "$home/$version/keepaloft-agent" "$command"
  allow_pings
  if [ -n "$endpoint" ]; then
    printf 'ENDPOINT=%s\nREGION=%s\n' "$endpoint" "$region" >"$etc/arbiter.env.new"
    mv -f "$etc/arbiter.env.new" "$etc/arbiter.env"
  fi
  if systemd_runs; then systemctl daemon-reload; fi
}

enable_units() {
  if systemd_runs; then
    systemctl enable --quiet keepaloft-agent.service keepaloft-enroll.service
  else
    mkdir -p "$units/multi-user.target.wants"
    for unit in keepaloft-agent.service keepaloft-enroll.service; do
      ln -sfn "/etc/systemd/system/$unit" "$units/multi-user.target.wants/$unit"
    done
  fi
}

start() {
  if ! systemd_runs; then
    say "version $version is installed; systemd does not run here, the agent starts with the next boot"
  elif [ -f "$etc/agent.yaml" ]; then
    # What a stop without restart left (a wrong configuration, perhaps) is over with a new version.
    systemctl reset-failed keepaloft-agent.service 2>/dev/null || true
    systemctl start keepaloft-agent.service
    say "version $version is installed; it runs"
  elif [ -f "$etc/arbiter.env" ]; then
    systemctl start --no-block keepaloft-enroll.service
    say "version $version is installed; it fetches its configuration from $(sed -n 's/^ENDPOINT=//p' "$etc/arbiter.env")"
  else
    say "version $version is installed; it starts once there is an $etc/agent.yaml, or after install.sh --endpoint URL"
  fi
}

# The running agent leaves without handing over and is started again as the new version, within the lease.
renew() { # PID
  kill -USR2 "$1"
  waited=0
  while [ $waited -lt $VERDICT_S ]; do
    sleep 1
    waited=$((waited + 1))
    if [ "$(cat "$state/answered" 2>/dev/null || true)" = "$version" ]; then
      rm -f "$home/trial"
      say "upgraded from $old to $version; no VIP was moved"
      return 0
    fi
    if [ "$(current current)" != "$version" ]; then
      die "version $version was not answered by the arbiter, or did not start: $(current current) is back. See journalctl -u keepaloft-agent"
    fi
  done
  die "the arbiter has not answered version $version for $VERDICT_S s. If it restarts before that, $old comes back"
}

if [ -n "$uninstall" ]; then uninstall; exit 0; fi
[ -z "$endpoint" ] || [ -n "$region" ] || die "--endpoint needs --region"
[ -r "$here/VERSION" ] || die "$here is not an unpacked artefact: VERSION is missing"
version=$(cat "$here/VERSION")
mkdir -p "$home"
chown 0:0 "$home" && chmod 0755 "$home"
# Two installations at once would judge each other. The lock goes with this process.
exec 9>"$home/.lock"
if command -v flock >/dev/null 2>&1; then flock -n 9 || die "another installation is at work"; fi

unpack
try
settle
old=$(current current)
pid=0
if systemd_runs; then pid=$(systemctl show -p MainPID --value keepaloft-agent.service 2>/dev/null || echo 0); fi
if [ "$old" = "$version" ]; then
  install_units
  enable_units
  start
  exit 0
fi
rm -f "$home/refused" "$home/trial"
if [ -n "$old" ]; then point previous "$old"; fi
if [ -n "$old" ] && [ "${pid:-0}" -gt 0 ]; then
  rm -f "$state/answered"
  printf '%s 0\n' "$version" >"$home/trial"
fi
point current "$version"
install_units
enable_units
if [ -f "$home/trial" ]; then renew "$pid"; else start; fi
tidy
