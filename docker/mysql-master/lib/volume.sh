# shellcheck shell=bash
# What lies in the volume. Uses the functions of server.sh.
#
# The server's data directory is the subdirectory `data`. It appears by a single rename when it is complete, so its name
# is the marker: a half-made one is called work.* and is thrown away at the next start. Data that was replaced by a
# clone, and may be wanted, is called damaged.
volume=/var/lib/mysql
data=$volume/data

free_mebibytes() { df -Pm "$volume" | { read -r _ && read -r _ _ _ free _ && echo "$free"; }; }

data_complete() { [ -f "$data/mysql.ibd" ] && [ -f "$data/ibdata1" ]; }

# Removes what a start that was cut short left behind, and nothing else.
prepare_volume() {
  local entry
  [ -w "$volume" ] || die "$volume cannot be written by uid $UID: it is mounted read-only, or belongs to another user (on the node: chown -R 10001:10001 the directory)"
  rm -rf "$volume"/work.*
  for entry in "$volume"/* "$volume"/.[!.]*; do
    case ${entry##*/} in
    '*' | '.[!.]*' | data | damaged | damaged.[0-9]* | lost+found) ;;
    *) die "$volume holds files that are not from here (first: ${entry##*/}). If they are a MySQL data directory, move all of them into a subdirectory 'data'; otherwise mount another directory. Nothing was changed" ;;
    esac
  done
  [ ! -e "$data/ibdata1" ] || [ -w "$data/ibdata1" ] ||
    die "$data/ibdata1 cannot be written by uid $UID (on the node: chown -R 10001:10001 the directory)"
}

# adopt DIRECTORY: makes a complete data directory the one that is served.
adopt() {
  { sync -f "$1" && mv -T "$1" "$data" && sync -f "$volume"; } || die "$1 could not be renamed to $data"
}

# Prints the name for one more directory of damaged data.
unused_damaged() {
  local name=$volume/damaged number=1
  while [ -e "$name" ]; do name=$volume/damaged.$((++number)); done
  echo "$name"
}
