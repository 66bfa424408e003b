#!/usr/bin/env bash
# Keycloak for the tests: an OpenID provider that others wrote, on loopback, with a realm of its own and nothing kept. Its distribution
# comes from Maven Central once, and lies unpacked and prepared outside the checkout (CARDEA_CI_CACHE, by default ~/.cache/cardea-ci).
#   keycloak.sh start DIR    prints CARDEA_TEST_KEYCLOAK=http://… as one line: export "$(… start DIR)"
#   keycloak.sh stop DIR
set -euo pipefail

usage() { echo "usage: ${0##*/} start|stop DIR" >&2; exit 2; }
[ $# = 2 ] || usage
command=$1
dir=$(realpath -m "$2")
here=$(dirname "$(realpath "$0")")

version=26.7.3
sha256=77657f30b7e90d70f727712ce1c967f430fd6a5e9f458d32d8c6df0635345f47
archive=keycloak-quarkus-dist-$version.tar.gz
cache=${CARDEA_CI_CACHE:-$HOME/.cache/cardea-ci}
# Below those that outgoing connections are given, so that none of them has it.
port=${CARDEA_TEST_KEYCLOAK_PORT:-24790}
address=http://127.0.0.1:$port

# Two cores are enough, and half a gigabyte: what is started for a minute is not worth compiling well.
export JAVA_OPTS='-Xms96m -Xmx320m -XX:MaxMetaspaceSize=256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError
  -Dfile.encoding=UTF-8 -Djava.security.egd=file:/dev/urandom -Djava.net.preferIPv4Stack=true'

stop() {
  [ -f "$dir/pid" ] || return 0
  local pid
  pid=$(cat "$dir/pid")
  # It leads a group of its own: kc.sh and the Java below it.
  kill -TERM -- "-$pid" 2>/dev/null || true
  for _ in $(seq 100); do
    kill -0 -- "-$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL -- "-$pid" 2>/dev/null || true
  rm -f "$dir/pid"
}

case $command in
  stop) stop; exit 0 ;;
  start) ;;
  *) usage ;;
esac

java_major() { java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1; }
if ! command -v java >/dev/null || [ "$(java_major)" -lt 17 ]; then
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends default-jre-headless >&2
fi

mkdir -p "$cache" "$dir"
# Two that prepare it at once would be in each other's way.
exec 9>"$cache/keycloak.lock"
flock 9
if [ ! -e "$cache/keycloak-$version/prepared" ]; then
  if ! echo "$sha256  $cache/$archive" | sha256sum --check --status 2>/dev/null; then
    command -v mvn >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends maven >&2
    rm -rf "$cache/fetching"
    mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
      -Dartifact="org.keycloak:keycloak-quarkus-dist:$version:tar.gz" -DoutputDirectory="$cache/fetching" >&2
    echo "$sha256  $cache/fetching/$archive" | sha256sum --check --quiet >&2
    mv "$cache/fetching/$archive" "$cache/$archive"
    rmdir "$cache/fetching"
  fi
  rm -rf "$cache/keycloak-$version" "$cache/unpacking"
  mkdir "$cache/unpacking"
  tar -xzf "$cache/$archive" -C "$cache/unpacking"
  # What it would do at every start: half a minute.
  "$cache/unpacking/keycloak-$version/bin/kc.sh" build --db=dev-mem --cache=local >&2
  touch "$cache/unpacking/keycloak-$version/prepared"
  mv "$cache/unpacking/keycloak-$version" "$cache/keycloak-$version"
  rmdir "$cache/unpacking"
fi
flock -u 9

stop
rm -rf "$dir/keycloak"
cp -al "$cache/keycloak-$version" "$dir/keycloak" 2>/dev/null || { rm -rf "$dir/keycloak"; cp -a "$cache/keycloak-$version" "$dir/keycloak"; }
mkdir -p "$dir/keycloak/data/import"
cp "$here/keycloak-realm.json" "$dir/keycloak/data/import/cardea-realm.json"
setsid "$dir/keycloak/bin/kc.sh" start --optimized --import-realm --http-enabled=true --http-host=127.0.0.1 --http-port="$port" \
  --hostname="$address" >"$dir/log" 2>&1 9>&- &
echo $! >"$dir/pid"
for attempt in $(seq 1200); do
  if curl --fail --silent --output /dev/null "$address/realms/cardea/.well-known/openid-configuration"; then break; fi
  if [ "$attempt" = 1200 ] || ! kill -0 "$(cat "$dir/pid")" 2>/dev/null; then
    echo 'Keycloak did not start:' >&2
    tail -n 40 "$dir/log" >&2
    stop
    exit 1
  fi
  sleep 0.1
done
printf 'CARDEA_TEST_KEYCLOAK=%s\n' "$address"
