# shellcheck shell=bash
# Readiness of a slave: prints a line of reason, and fails when its data is too old to be read. A master that is away
# makes no slave unready that has applied all it received.
#
# The lag is the age of the oldest transaction that is being applied or, while transactions stream in, the age that
# the last of them had when it arrived.
ready() {
  local state target answer applier caught_up lag
  state=$(cat /run/mysqld/replication 2>/dev/null) || state="replication has not been set up yet"
  case $state in
  following | waiting) ;;
  *)
    echo "not ready: $state"
    return 1
    ;;
  esac
  # What the master had when this slave last joined it.
  target=$(cat /run/mysqld/target 2>/dev/null)
  answer=$(probe_sql "
    USE performance_schema;
    SET @now = NOW(6);
    SELECT MIN(APPLYING_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP) INTO @applying
      FROM replication_applier_status_by_worker WHERE CHANNEL_NAME = '' AND APPLYING_TRANSACTION <> '';
    SELECT GTID_SUBSET(RECEIVED_TRANSACTION_SET, @@GLOBAL.gtid_executed),
        IF(QUEUEING_TRANSACTION <> '', QUEUEING_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP, LAST_QUEUED_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP),
        IF(QUEUEING_TRANSACTION <> '', @now, LAST_QUEUED_TRANSACTION_END_QUEUE_TIMESTAMP)
      INTO @applied_all, @sent, @received
      FROM replication_connection_status WHERE CHANNEL_NAME = '';
    SELECT (SELECT SERVICE_STATE FROM replication_applier_status WHERE CHANNEL_NAME = ''),
      GTID_SUBSET('$target', @@GLOBAL.gtid_executed),
      GREATEST(
        IF(@applied_all, 0, COALESCE(TIMESTAMPDIFF(SECOND, @applying, @now), 0)),
        IF(@received > @now - INTERVAL 2 SECOND, COALESCE(TIMESTAMPDIFF(SECOND, @sent, @received), 0), 0))") || {
    echo "not ready: $answer"
    return 1
  }
  read -r applier caught_up lag <<<"$answer"
  if [ "$applier" != ON ]; then
    echo "not ready: the replication applier has stopped"
  elif [ "$caught_up" != 1 ]; then
    echo "not ready: catching up with what the master had when this slave joined it"
  elif ((lag > ${MYSQL_MAX_LAG_SECONDS:-30})); then
    echo "not ready: $lag s behind the master, allowed are ${MYSQL_MAX_LAG_SECONDS:-30} s"
  else
    echo "ready: $state, $lag s behind"
    return 0
  fi
  return 1
}
