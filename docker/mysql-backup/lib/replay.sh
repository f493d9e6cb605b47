# shellcheck shell=bash

# cut_at MICROSECONDS REPORT: of what mysqlbinlog prints, the transactions that were committed until then, or all when it is
# empty. Writes "TIME GTID" of the last one to REPORT, when there is one.
cut_at() {
  awk -v stop="$1" -v report="$2" '
    /^#[0-9]+ +[0-9:]+ server id [0-9]+ +end_log_pos [0-9]+ .*\tGTID\t.*immediate_commit_timestamp=[0-9]+/ {
      time = $0
      sub(/.*immediate_commit_timestamp=/, "", time)
      sub(/[^0-9].*/, "", time)
      if (stop != "" && time + 0 > stop + 0) cut = 1
    }
    cut { next }
    /^SET @@SESSION.GTID_NEXT= .[^A]/ {
      last = $0
      gsub(/^SET @@SESSION.GTID_NEXT= .|.\/\*!\*\/;$/, "", last)
      last = time " " last
    }
    { print }
    END { if (last != "") print last > report }'
}
