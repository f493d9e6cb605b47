# shellcheck shell=bash
# The chain of backups: full ones, each a dump with the GTID set that it holds, and between them binary logs. A snapshot of
# binary logs has tags: `from`, the transactions that were backed up before it; `to`, those up to which its files lead;
# `at`, the master's time when it had those; `server`, `first` and `last`, whose files they are and which. A comma would
# part tags, so a plus stands in GTID sets.

# tag NAME LINE: of a line of snapshots_of.
tag() {
  local word
  for word in $2; do
    case $word in
    "$1="*)
      word=${word#*=}
      echo "${word//+/,}"
      return
      ;;
    esac
  done
}

# gtids_in_dump: of a dump on standard input, the GTID set that it holds. Reads no further.
gtids_in_dump() {
  sed -n '/^SET @@GLOBAL.GTID_PURGED=/,/;$/{p;/;$/q;}' | tr -d '\n' | sed "s/^.*\*\/ '\(.*\)';\$/\1/"
}

# gtids_of ID: of a full backup.
gtids_of() {
  # Ended early, which restic takes for an error; killed like that it would leave its lock behind.
  { use --no-lock dump "$1" /mysql.sql 2>/dev/null || :; } | gtids_in_dump
}

# logs_after START TO: of the lines of binary logs, those that a full backup begun at START may lack, up to the first that
# leads to the time TO, if there is one.
logs_after() {
  awk -v start="$1" -v to="$2" '
    done || !NF || $1 <= start { next }
    {
      print
      at = $0
      sub(/.* at=/, "", at)
      sub(/ .*/, "", at)
      if (to != "" && at >= to) done = 1
    }'
}

# files_to_fetch SERVER FILE NOW: of the master's binary logs on standard input, those from FILE on, the last that was read,
# if NOW is still the server it was read from; else all.
files_to_fetch() {
  awk -v from="$([ "$1" != "$3" ] || echo "$2")" '
    { all = all $1 "\n" }
    $1 == from { found = 1 }
    found { rest = rest $1 "\n" }
    END { printf "%s", found ? rest : all }'
}

# superseded: of snapshots of binary logs on standard input, "ID FILE" for each last file that a later one has again,
# and longer.
superseded() {
  local records=() line i j
  mapfile -t records
  for ((i = 0; i < ${#records[@]}; i++)); do
    line=${records[i]}
    for ((j = i + 1; j < ${#records[@]}; j++)); do
      [ -n "$(tag first "${records[j]}")" ] || continue
      if [ "$(tag server "${records[j]}") $(tag first "${records[j]}")" = "$(tag server "$line") $(tag last "$line")" ]; then
        echo "$(cut -d ' ' -f 3 <<<"$line") $(tag last "$line")"
      fi
      break
    done
  done
}
