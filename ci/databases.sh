#!/bin/sh
# Throw-away PostgreSQL and MariaDB servers for the tests.
#
#   eval "$(ci/databases.sh start DIR)"     starts both and sets SALON_TEST_POSTGRES_URL and SALON_TEST_MARIADB_URL
#   ci/databases.sh start DIR durable       the same, but commits are on disk before they are answered
#   ci/databases.sh stop DIR                stops both and removes their data
#
# They listen on sockets below DIR and on free loopback ports, run as an unprivileged user, do not sync to disk unless told to
# (tests are of answers, not of durability), and touch nothing of servers that run on the machine already. Where the Debian
# packages are missing and this is root, they are installed, without starting their services.
set -eu

say() { echo "databases.sh: $*" >&2; }
fail() { say "$*"; exit 1; }

usage="usage: databases.sh start DIR [durable], or databases.sh stop DIR"
case "$#,${3-}" in
    2, | 3,durable) ;;
    *) fail "$usage" ;;
esac
what=$1
durable=${3-}
mkdir -p "$2"
dir=$(cd "$2" && pwd)

user=$(id -un)
if [ "$(id -u)" -eq 0 ]; then
    user=salon-test-db
fi

# Runs a command as the unprivileged user.
as_user() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid "$user" --regid "$user" --clear-groups -- env HOME="$dir" "$@"
    else
        "$@"
    fi
}

find_postgres() {
    for bin in /usr/lib/postgresql/*/bin; do
        [ -x "$bin/initdb" ] && echo "$bin"
    done | sort -V | tail -n 1
}

find_mariadbd() {
    for name in /usr/sbin/mariadbd /usr/sbin/mysqld; do
        if [ -x "$name" ]; then echo "$name"; return; fi
    done
}

install() {
    missing=
    [ -n "$(find_postgres)" ] || missing="$missing postgresql"
    { [ -n "$(find_mariadbd)" ] && command -v mariadb-install-db > /dev/null; } || missing="$missing mariadb-server"
    [ -n "$missing" ] || return 0
    [ "$(id -u)" -eq 0 ] || fail "these packages are missing:$missing (apt-get install them, or run this as root)"
    say "installing$missing"
    # Their services stay off: 101 means "not allowed" to the packages' scripts.
    made_policy=
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d
        chmod 755 /usr/sbin/policy-rc.d
        made_policy=yes
    fi
    status=0
    # shellcheck disable=SC2086
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; } >&2 ||
        status=$?
    [ -z "$made_policy" ] || rm -f /usr/sbin/policy-rc.d
    [ "$status" -eq 0 ] || fail "the installation failed"
}

# A loopback port nobody listens on. (/dev/tcp is bash's; sh may be another shell.)
free_port() {
    bash -c 'for ((port = $1; port < $1 + 500; port++)); do
        if ! (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then echo "$port"; exit 0; fi
    done; exit 1' free_port "$1" || fail "no free port from $1 on"
}

await() {
    tries=0
    until "$@" > /dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || return 1
        sleep 0.1
    done
}

alive() { [ -s "$1" ] && kill -0 "$(head -n 1 "$1")" 2> /dev/null; }

start() {
    install
    if [ "$(id -u)" -eq 0 ] && ! id "$user" > /dev/null 2>&1; then
        useradd --system --user-group --no-create-home --shell /usr/sbin/nologin "$user"
    fi
    mkdir -p "$dir/postgres" "$dir/mariadb"
    if [ "$(id -u)" -eq 0 ]; then
        chown "$user:$user" "$dir" "$dir/postgres" "$dir/mariadb"
    fi
    # The user must be able to reach its directory.
    as_user test -w "$dir/postgres" || fail "$user cannot write below $dir (choose a directory it can enter, such as below /tmp)"
    start_postgres
    start_mariadb
    echo "export SALON_TEST_POSTGRES_URL='$(cat "$dir/postgres.url")'"
    echo "export SALON_TEST_MARIADB_URL='$(cat "$dir/mariadb.url")'"
}

start_postgres() {
    data=$dir/postgres/data
    alive "$data/postmaster.pid" && return
    bin=$(find_postgres)
    if [ ! -e "$data/PG_VERSION" ]; then
        as_user "$bin/initdb" --pgdata "$data" --username salon --auth trust --encoding UTF8 --locale C.UTF-8 \
            --no-sync > "$dir/postgres/initdb.log" 2>&1 || { cat "$dir/postgres/initdb.log" >&2; fail "initdb failed"; }
    fi
    port=$(free_port 25432)
    sync=${durable:+on}
    sync=${sync:-off}
    as_user "$bin/pg_ctl" --pgdata "$data" --log "$dir/postgres/server.log" --wait --timeout 60 --options \
        "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories='$dir/postgres' -c fsync=$sync \
         -c synchronous_commit=$sync -c full_page_writes=$sync -c max_connections=200 -c shared_buffers=128MB" \
        start > "$dir/postgres/start.log" 2>&1 || { cat "$dir/postgres/"*.log >&2; fail "PostgreSQL did not start"; }
    echo "postgresql://salon@127.0.0.1:$port/postgres" > "$dir/postgres.url"
}

start_mariadb() {
    data=$dir/mariadb/data
    pid=$dir/mariadb/server.pid
    alive "$pid" && return
    server=$(find_mariadbd)
    if [ ! -d "$data/mysql" ]; then
        as_user mariadb-install-db --no-defaults --datadir="$data" --auth-root-authentication-method=normal \
            --skip-test-db > "$dir/mariadb/install.log" 2>&1 ||
            { cat "$dir/mariadb/install.log" >&2; fail "mariadb-install-db failed"; }
    fi
    port=$(free_port 26306)
    at_commit=0 method=nosync
    [ -z "$durable" ] || at_commit=1 method=fsync
    # The output goes elsewhere for the subshell as a whole: with a redirection of the function alone, dash keeps a copy
    # of the old one for as long as the server runs, and $(...) around this script would wait for that long.
    (
        exec > /dev/null 2>&1 < /dev/null
        as_user setsid "$server" --no-defaults --datadir="$data" --socket="$dir/mariadb/server.sock" --pid-file="$pid" \
            --bind-address=127.0.0.1 --port="$port" --skip-name-resolve --log-error="$dir/mariadb/server.log" \
            --innodb-flush-log-at-trx-commit="$at_commit" --innodb-doublewrite="$at_commit" --innodb-buffer-pool-size=128M \
            --innodb-flush-method="$method" --max-connections=200 --skip-log-bin
    ) &
    await mariadb --no-defaults --socket="$dir/mariadb/server.sock" --user=root --execute="SELECT 1" ||
        { cat "$dir/mariadb/server.log" >&2; fail "MariaDB did not start"; }
    mariadb --no-defaults --socket="$dir/mariadb/server.sock" --user=root --execute="
        CREATE USER IF NOT EXISTS salon@'127.0.0.1' IDENTIFIED BY 'salon';
        GRANT ALL PRIVILEGES ON *.* TO salon@'127.0.0.1' WITH GRANT OPTION;"
    echo "mysql://salon:salon@127.0.0.1:$port/mysql" > "$dir/mariadb.url"
}

stop_pid() {
    [ -s "$1" ] || return 0
    server=$(head -n 1 "$1")
    kill "-$2" "$server" 2> /dev/null || return 0
    tries=0
    while kill -0 "$server" 2> /dev/null; do
        tries=$((tries + 1))
        if [ "$tries" -ge 200 ]; then
            kill -KILL "$server" 2> /dev/null || true
            break
        fi
        sleep 0.1
    done
}

stop() {
    # Fast shutdown: sessions that are left are cut.
    stop_pid "$dir/postgres/data/postmaster.pid" INT
    stop_pid "$dir/mariadb/server.pid" TERM
    rm -rf "$dir/postgres" "$dir/mariadb" "$dir/postgres.url" "$dir/mariadb.url"
    rmdir "$dir" 2> /dev/null || true
}

case $what in
    start) start ;;
    stop) stop ;;
    *) fail "$usage" ;;
esac
