# shellcheck shell=bash
# Cloning and following the master. Uses server.sh, passwords.sh, tls.sh, clone.sh, binlogs.sh and step.sh.
# shellcheck source=SCRIPTDIR/../../mysql-master/lib/server.sh disable=SC2154,SC2034
following=
# SQL for why the applier stopped, empty when it did not.
applier_error="COALESCE((SELECT MAX(LAST_ERROR_MESSAGE) FROM (
  SELECT LAST_ERROR_NUMBER, LAST_ERROR_MESSAGE FROM performance_schema.replication_applier_status_by_worker
  UNION ALL SELECT LAST_ERROR_NUMBER, LAST_ERROR_MESSAGE FROM performance_schema.replication_applier_status_by_coordinator
) AS errors WHERE LAST_ERROR_NUMBER <> 0), '')"

# For the probes: "following", "waiting" for a master that is away, or why the slave is neither.
replication() {
  replication_state=$1
  echo "$1" >"$runtime/replication"
}

# Sets master_executed and master_purged, the master's GTID sets.
read_master() {
  local answer
  read_passwords
  answer=$(MYSQL_PWD=$MYSQL_REPLICATION_PASSWORD timeout 5 mysql --no-defaults --batch --skip-column-names \
    --host="$MYSQL_MASTER_SERVICE_HOST" --port="$MYSQL_MASTER_SERVICE_PORT" --user="$MYSQL_REPLICATION_USER" \
    "${by_service[@]}" --connect-timeout=3 \
    --execute="SELECT REPLACE(@@GLOBAL.gtid_executed, '\n', ''), REPLACE(@@GLOBAL.gtid_purged, '\n', '')" 2>&1) || {
    log_waiting "waiting for the master at $MYSQL_MASTER_SERVICE_HOST:$MYSQL_MASTER_SERVICE_PORT: $answer"
    return 1
  }
  IFS=$'\t' read -r master_executed master_purged <<<"$answer"
}

# An empty server that answers a master without data: it has none either. Its only account from outside is the one that
# such a master asks with.
start_scratch() {
  start_mysqld --datadir="$scratch" "${pod_options[@]}" || die_at_start $?
}

# The password may have changed since the last time.
answer_as_empty() {
  local account
  account="$(quote_string "$MYSQL_REPLICATION_USER")@'%'"
  read_passwords
  run sql <<SQL
SET SESSION sql_log_bin = OFF;
SET GLOBAL super_read_only = OFF;
CREATE USER IF NOT EXISTS $account;
ALTER USER $account IDENTIFIED BY $(quote_string "$MYSQL_REPLICATION_PASSWORD") REQUIRE SSL;
GRANT SELECT ON performance_schema.replication_connection_status TO $account;
SET GLOBAL super_read_only = ON;
SQL
}

clone_master() { clone_from "$MYSQL_MASTER_SERVICE_HOST" "$MYSQL_MASTER_SERVICE_PORT"; }

# A slave without data: CLONE needs a server to run in, so an empty one is made for it.
build() {
  scratch=$volume/work.scratch
  phase cloning
  initialise "$scratch"
  start_scratch
  until answer_as_empty && read_master && clone_master; do pause 5; done
  stop_mysqld
  adopt "$copy"
  rm -rf "$scratch" "$volume/damaged"
}

# Replaces the data of the running server by a clone, and stops the server. Nothing is given up before the clone is
# complete.
rebuild() {
  log "rebuilding this slave: $1"
  replication "rebuilding: $1"
  { sql --execute="STOP REPLICA" && clone_master; } || {
    pause 5
    return
  }
  phase cloning
  stop_mysqld
  mv -T "$data" "$volume/work.old"
  adopt "$copy"
  rm -rf "$volume/work.old"
}

# Applies what the last run had received: the master acknowledged it on the word of this slave, and may not have it any
# more. A transaction that was received in part does not count.
apply_received() {
  local applier left executed error before='' since=$SECONDS
  [ "$(query "SELECT COUNT(*) FROM performance_schema.replication_connection_configuration")" != 0 ] || return 0
  sql --execute="START REPLICA SQL_THREAD" || {
    log "what was received before the restart cannot be applied; the master has to send it again"
    return 0
  }
  while
    IFS='|' read -r applier left executed error < <(query "SELECT CONCAT_WS('|',
      (SELECT SERVICE_STATE FROM performance_schema.replication_applier_status WHERE CHANNEL_NAME = ''),
      REPLACE(GTID_SUBTRACT(RECEIVED_TRANSACTION_SET, @@GLOBAL.gtid_executed), '\n', ''),
      REPLACE(@@GLOBAL.gtid_executed, '\n', ''), $applier_error)
      FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''")
    [ -n "$left" ] && kill -0 "$mysqld_pid" 2>/dev/null
  do
    log_waiting "applying what was received before the restart"
    if [ "$applier" != ON ] || [ -n "$error" ]; then
      log "the applier stopped: ${error:-it is off}; the master has to send $left again"
      return 0
    fi
    [ "$executed" = "$before" ] || since=$SECONDS
    before=$executed
    ((SECONDS - since < 60)) || {
      log "no transaction was applied for 60 s; the master has to send $left again"
      return 0
    }
    pause 0.5
  done
}

# Sets up the channel. The last run's relay logs are dropped, as relay-log-recovery would, which does not work along
# with replicate-same-server-id.
#
# An outage makes the receiver stop after one attempt to reconnect: then join compares anew, for the master may have
# come back with other data.
set_up_channel() {
  sql <<SQL
STOP REPLICA;
RESET REPLICA ALL;
CHANGE REPLICATION SOURCE TO
  SOURCE_HOST = $(quote_string "$MYSQL_MASTER_SERVICE_HOST"), SOURCE_PORT = $MYSQL_MASTER_SERVICE_PORT,
  SOURCE_SSL = 1, SOURCE_SSL_CA = $(quote_string "$tls/ca.crt"), SOURCE_SSL_VERIFY_SERVER_CERT = 1,
  SOURCE_AUTO_POSITION = 1, SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 1;
START REPLICA SQL_THREAD;
SQL
}

# Starts to receive if the slave's transactions are a part of the master's. Transactions made on this very slave are
# given up for a clone, and so is data that could not be kept equal. Transactions of any other origin that the master
# lacks mean that the master lost them: they are kept, and not mixed with what it has now.
join() {
  local executed extra foreign complete error
  executed=$(sql --execute="SELECT REPLACE(@@GLOBAL.gtid_executed, '\n', '')") || return
  read_master || {
    case $replication_state in
    # Holds until keep_step finds otherwise.
    'cut off: '* | 'out of step: '*) ;;
    *) replication waiting ;;
    esac
    return
  }
  IFS='|' read -r complete foreign extra error < <(sql --execute="
    SET @extra = REPLACE(GTID_SUBTRACT('$executed', '$master_executed'), '\n', '');
    SELECT CONCAT_WS('|', GTID_SUBSET('$master_purged', '$executed'),
      GTID_SUBTRACT(@extra, CONCAT(@@server_uuid, ':1-9223372036854775806')) <> '', @extra, $applier_error)") || return
  if [ "$foreign" = 1 ]; then
    replication "not following: the master lacks transactions that are here: $extra"
    log_waiting "ERROR: not following the master, which lacks transactions that are here: $extra. Restore the master, or delete this pod to give them up"
  elif [ -n "$extra" ]; then
    rebuild "it has transactions that the master does not have: $extra"
  elif [ "$complete" != 1 ]; then
    rebuild "the master has purged binary logs that it needs"
  elif [ -n "$error" ]; then
    rebuild "it cannot apply what the master did: $error"
  else
    echo "$master_executed" >"$runtime/target"
    # Given here, the password is not in the data directory.
    sql <<SQL || return
START REPLICA IO_THREAD
  USER = $(quote_string "$MYSQL_REPLICATION_USER") PASSWORD = $(quote_string "$MYSQL_REPLICATION_PASSWORD");
SQL
    replication following
    following=yes
    waiting_message=
    log "following the master at $MYSQL_MASTER_SERVICE_HOST:$MYSQL_MASTER_SERVICE_PORT"
  fi
}

# Follows the master until mysqld ends, or was stopped for new data.
follow() {
  local receiver lost broken
  while [ -n "$mysqld_pid" ] && kill -0 "$mysqld_pid" 2>/dev/null; do
    IFS='|' read -r receiver lost broken < <(query "
      SELECT CONCAT_WS('|', SERVICE_STATE, REPLACE(LAST_ERROR_MESSAGE, '|', ' '), $applier_error)
      FROM performance_schema.replication_connection_status WHERE CHANNEL_NAME = ''")
    if [ -n "$broken" ] || [ "$receiver" = OFF ]; then
      [ -z "$following" ] || log "no longer following the master: ${lost:-the receiver or the applier stopped}"
      following=
      join
    fi
    keep_step "$receiver"
    follow_certificate
    limit_binlogs
    pause 1
  done
}

# set_aside REASON: a slave that cannot use its data gets a clone instead.
set_aside() {
  log "rebuilding this slave: $1; its data is kept in $volume/damaged until there is a clone"
  rm -rf "$volume/damaged"
  mv -T "$data" "$volume/damaged"
}

# mysqld_refused CODE: whether it was the data that ended the server. A signal from outside, such as that of the kernel
# for want of memory, says nothing about the data.
mysqld_refused() {
  case $1 in
  1 | 2 | 134 | 139) ;;
  *) return 1 ;;
  esac
}
