# shellcheck shell=sh
# Readiness of a slave: prints a line of reason, and fails when it has never had the master's data. A master that is
# away makes no slave unready that has.
#
# The file is written when the data of a first synchronisation is also in the append-only file: from then on the slave
# has it after a restart too.
ready() {
  synchronised=/data/.synchronised
  if [ "$(field role)" != slave ]; then
    echo "not ready: the role is $(field role)"
  elif [ -e "$synchronised" ]; then
    echo "ready: the link to the master is $(field master_link_status)"
    return 0
  elif [ "$(field master_link_status)" != up ]; then
    echo "not ready: never synchronised with the master, the link is $(field master_link_status)"
  elif [ "$(field aof_rewrite_in_progress)$(field aof_rewrite_scheduled)" != 00 ]; then
    echo "not ready: writing the master's data to the append-only file"
  else
    touch "$synchronised" && echo "ready: synchronised"
    return
  fi
  return 1
}
