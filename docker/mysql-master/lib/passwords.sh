# shellcheck shell=bash disable=SC2034
# The passwords, which may change while the server runs. Uses the functions of server.sh.
#
# They are files that follow the Secret. The environment has what they were when the container was started.
secrets=/run/secrets/mysql
# Without backups there is none.
MYSQL_BACKUP_PASSWORD=
passwords_revision=

read_secret() {
  [ ! -s "$secrets/$1" ] || IFS= read -r -d '' "$2" <"$secrets/$1" || :
}

read_passwords() {
  read_secret root MYSQL_ROOT_PASSWORD
  read_secret replication MYSQL_REPLICATION_PASSWORD
  read_secret application MYSQL_PASSWORD
  read_secret backup MYSQL_BACKUP_PASSWORD
  read_secret revision passwords_revision
}

# The receiver of a slave sends no more than this of a password.
require_replication_password() {
  local LC_ALL=C
  ((${#MYSQL_REPLICATION_PASSWORD} <= 32)) || die "MYSQL_REPLICATION_PASSWORD is longer than the 32 bytes that MySQL allows"
}
