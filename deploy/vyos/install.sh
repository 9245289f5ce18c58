#!/bin/sh
# install.sh - installs vipad on VyOS 1.4 or later, below /config/vipad; run again, it upgrades.
#
#   sudo sh install.sh --vip 10.0.1.100 --peer 10.0.1.12 [--priority 200]
#   sudo sh install.sh            upgrade: configuration, log and state stay
#   sudo sh install.sh --remove   takes all out but configuration, log and state; first take it out of VRRP
#
#   --vip ADDRESS      the virtual IP: written to /config/vipad/vipad.toml where there is none yet
#   --peer ADDRESS     the other router's own address, for VRRP
#   --priority N       this router's VRRP priority, 1 to 255 (100)
#   --group NAME       the VRRP group's name: letters, digits, _ and - (vip)
#   --vrid N           the VRRP virtual router id, 1 to 255 (51)
#   --interface NAME   the interface of VRRP; else the one whose subnet holds the VIP
#
# It prints the `set high-availability vrrp` lines for this router; it commits nothing itself.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
umask 022
home=/config/vipad
script=/config/scripts/vyos-postconfig-bootup.script
line='[ ! -x /config/vipad/boot ] || /config/vipad/boot # vipad: install.sh --remove takes this line out'
here=$(cd "$(dirname "$0")" && pwd)

die() {
  echo "install.sh: $*" >&2
  exit 2
}

# value OPTION VALUE PATTERN: the value, or the end.
value() {
  printf '%s\n' "$2" | grep -Eqx -e "$3" || die "$1: '$2' is not right; see the head of $0"
  printf '%s' "$2"
}

vip='' peer='' priority=100 group=vip vrid=51 interface='' remove=''
address='[0-9]{1,3}(\.[0-9]{1,3}){3}'
while [ $# -gt 0 ]; do
  [ "$1" = --remove ] || [ $# -gt 1 ] || die "$1 takes a value; see the head of $0"
  case $1 in
    --remove) remove=yes ;;
    --vip) vip=$(value "$1" "$2" "$address") ;;
    --peer) peer=$(value "$1" "$2" "$address") ;;
    --priority) priority=$(value "$1" "$2" '[0-9]{1,3}') ;;
    --vrid) vrid=$(value "$1" "$2" '[0-9]{1,3}') ;;
    --group) group=$(value "$1" "$2" '[A-Za-z0-9_-]+') ;; # as VyOS's FIFO reader takes them
    --interface) interface=$(value "$1" "$2" '[A-Za-z0-9._-]+') ;;
    *) die "$1 is no option; see the head of $0" ;;
  esac
  [ "$1" = --remove ] || shift
  shift
done
[ "$(id -u)" -eq 0 ] || die "run it with sudo"
[ -d /config ] || die "there is no /config: this is not VyOS"

# change_script SED-SCRIPT: changes the boot script in one step; owner and mode stay.
change_script() {
  cp -p "$script" "$script.vipad"
  sed "$1" "$script" >"$script.vipad"
  mv "$script.vipad" "$script"
}

# Behind the first line: what else is there may end with `exit`.
add_line() {
  mkdir -p "${script%/*}"
  [ -s "$script" ] || printf '#!/bin/sh\n' >"$script"
  chmod a+x "$script"
  grep -qxF "$line" "$script" && return
  remove_line
  case $(head -c 2 "$script") in
    '#!') change_script "1a\\
$line" ;;
    *) change_script "1i\\
$line" ;;
  esac
}

remove_line() {
  [ -f "$script" ] && grep -q '/config/vipad/boot # vipad:' "$script" || return 0
  change_script '/\/config\/vipad\/boot # vipad:/d'
}

# refuse_while_named WORDS LINES: a health check whose script is gone puts the router into FAULT.
refuse_while_named() {
  [ -r /config/config.boot ] && grep -qF "$1" /config/config.boot || return 0
  die "VRRP still names $1: delete the $2 lines, commit, save, then run this again"
}

remove_all() {
  refuse_while_named "$home/vipad-transition" transition-script
  refuse_while_named "$home/vipad check" health-check
  remove_line
  systemctl stop vipad.service 2>/dev/null || true
  rm -rf /run/systemd/system/vipad.service /run/systemd/system/vipad.service.d /usr/local/bin/vipad
  systemctl daemon-reload
  for file in vipad vipad-transition boot vipad.service vyos.conf vipad.example.toml verify-audit.py copyright docs lib; do
    rm -rf "${home:?}/$file"
  done
  if [ -d "$home/unit.d" ]; then rmdir --ignore-fail-on-non-empty "$home/unit.d"; fi
  echo "vipad is removed. Configuration, audit log and state stay in $home."
}

# directory PATH MODE: root's own, whatever /config hands down to it.
directory() {
  mkdir -p "$1"
  chown root:root "$1"
  chmod g-s "$1"
  chmod "$2" "$1"
}

# put FILE MODE: in one step, for the program may be running.
put() {
  cp "$here/$1" "$home/$1.new"
  chown root:root "$home/$1.new"
  chmod "$2" "$home/$1.new"
  mv -f "$home/$1.new" "$home/$1"
}

# put_documents: as a whole, so that none of an older version stays.
put_documents() {
  rm -rf "$home/docs"
  cp -R "$here/docs" "$home/docs"
  chown -R root:root "$home/docs"
  chmod -R u=rwX,go=rX,g-s "$home/docs"
}

copy_files() {
  directory "$home" 0755
  directory "$home/lib" 0755
  directory "$home/unit.d" 0755
  mkdir -p "$home/log" "$home/state"
  chmod g-s "$home/log" "$home/state"
  chmod 0750 "$home/log" "$home/state"
  for library in "$here"/lib/*; do put "lib/${library##*/}" 0644; done
  for file in vipad vipad-transition boot verify-audit.py; do put "$file" 0755; done
  for file in vipad.service vyos.conf vipad.example.toml copyright; do put "$file" 0644; done
  put_documents
}

write_configuration() {
  if [ -e "$home/vipad.toml" ]; then
    echo "$home/vipad.toml stays as it is."
    [ -n "$vip" ] || vip=$(sed -n 's/^ *vips *= *\[ *"\([0-9.]*\)".*/\1/p' "$home/vipad.toml" | head -n 1)
  elif [ -n "$vip" ]; then
    printf '# Every key: %s\nvips = ["%s"]\n' "$home/vipad.example.toml" "$vip" >"$home/vipad.toml.new"
    chown root:root "$home/vipad.toml.new"
    chmod 0644 "$home/vipad.toml.new"
    mv "$home/vipad.toml.new" "$home/vipad.toml"
  else
    echo "There is no $home/vipad.toml yet: vipad starts when it is there. Run this again with --vip ADDRESS."
  fi
}

# find_interface: sets interface and own: where the VIP's subnet is.
find_interface() {
  found=$(ip -o -4 addr show scope global 2>/dev/null | awk -v vip="$vip" -v only="$interface" '
    function number(a, p) { split(a, p, "."); return ((p[1] * 256 + p[2]) * 256 + p[3]) * 256 + p[4] }
    {
      split($4, a, "/"); size = 2 ^ (32 - a[2])
      if (a[1] == vip || (only != "" && $2 != only)) next
      if (int(number(a[1]) / size) == int(number(vip) / size)) { print $2, a[1]; exit }
    }')
  own=${found#* }
  interface=${interface:-${found%% *}}
}

print_vrrp() {
  vip=${vip:-VIP}
  find_interface
  set="set high-availability vrrp"
  hook=$home/vipad-transition
  cat <<LINES

On this router, in configuration mode (capitals: to be filled in), then commit and save:

$set global-parameters startup-delay 60
$set group $group interface ${interface:-INTERFACE}
$set group $group vrid $vrid
$set group $group priority $priority
$set group $group address $vip/32
$set group $group hello-source-address ${own:-OWN-ADDRESS}
$set group $group peer-address ${peer:-PEER-ADDRESS}
$set group $group no-preempt
$set group $group transition-script master '$hook MASTER'
$set group $group transition-script backup '$hook BACKUP'
$set group $group transition-script fault '$hook FAULT'
$set group $group transition-script stop '$hook STOP'
LINES
}

if [ -n "$remove" ]; then
  remove_all
  exit
fi
[ -f "$here/vipad" ] || die "$here/vipad is missing: unpack the whole archive"
copy_files
write_configuration
add_line
"$home/boot"
print_vrrp
