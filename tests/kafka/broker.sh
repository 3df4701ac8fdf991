#!/usr/bin/env bash
# One real Kafka node (KRaft, broker and controller in one) that lives no longer than whoever started it:
#   broker.sh fetch LIBS                 fetches Kafka's jars into the folder LIBS, once
#   broker.sh run PORT DATA LIBS [SAID [MORE]]
#                                        listens on 127.0.0.1:PORT (its controller on PORT+1) with everything in the folder DATA;
#                                        tells clients to come to port SAID instead, where a proxy stands; the properties in the file
#                                        MORE count over its own
# `run` reads its standard input: a line `stop` ends the broker in order and keeps DATA for a next run; the end of the input
# (whoever held the other end is gone, however it went) kills the broker and removes DATA.
# By hand: `make broker`, and Enter or Ctrl-D to end it.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

absolute() { case "$1" in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }

# The jar without which nothing is whole: a folder that was marked without it is fetched again.
has_kafka() { compgen -G "$1/kafka_2.*.jar" >/dev/null; }

fetch() {
  local libs fresh
  # Maven resolves a relative folder against the folder of its pom.xml, and not against the one where this was typed.
  libs="$(absolute "$1")"
  [ -f "$libs/.whole" ] && has_kafka "$libs" && ! [ "$here/pom.xml" -nt "$libs/.whole" ] && return 0
  echo "fetching Apache Kafka's jars with Maven (126 MB, once)" >&2
  mkdir -p "$(dirname "$libs")"
  fresh="$(mktemp -d "$libs.XXXXXX")"
  if ! mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$fresh" -DincludeScope=runtime >&2; then
    rm -rf "$fresh"
    echo "Maven could not fetch Kafka's jars; give the tests a broker with RELEVO_TEST_KAFKA=host:port instead" >&2
    return 1
  fi
  if ! has_kafka "$fresh"; then
    rm -rf "$fresh"
    echo "Maven ended well and left no jar of Kafka in $fresh" >&2
    return 1
  fi
  touch "$fresh/.whole"
  # Another run may have fetched at the same time: whoever is first to move its folder into place wins.
  rm -rf "$libs"
  mv -T "$fresh" "$libs" 2>/dev/null || mv "$fresh" "$libs" 2>/dev/null || rm -rf "$fresh"
}

# No controlled shutdown: a node that is the only replica takes the leader from its partitions on the way down. Kafka 4.1 to 4.3 then
# believes that they were deleted, writes no marker for the transactions that are about to end, and calls them complete. What was aborted
# is committed by the producer's next transaction, or stays open for ever. (With a second replica the leader moves, and nothing is lost.)
properties() {
  cat <<PROPERTIES
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:$1,CONTROLLER://127.0.0.1:$(($1 + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$3,CONTROLLER://127.0.0.1:$(($1 + 1))
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:$(($1 + 1))
log.dirs=$2/log
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
controlled.shutdown.enable=false
log.cleaner.dedupe.buffer.size=16777216
PROPERTIES
}

# 16 random bytes as Kafka writes them, in the alphabet for URLs and without padding; not beginning with a dash, which would be an option.
cluster_id() { printf 'A%s' "$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c 2-22)"; }

run() {
  local port="$1" data libs said="${4:-$1}" more="${5:-}" how=""
  data="$(absolute "$2")"
  libs="$(absolute "$3")"
  mkdir -p "$data"
  properties "$port" "$data" "$said" >"$data/server.properties"
  [ -z "$more" ] || cat "$more" >>"$data/server.properties"
  # A broker of a test lives for seconds or minutes: what a compiler for years and a collector for large heaps cost is never earned back.
  local -a kafka=(java -Xms256m -Xmx768m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC "-Dlog4j2.configurationFile=$here/log4j2.yaml" -cp "$libs/*")
  if [ ! -f "$data/log/meta.properties" ]; then
    "${kafka[@]}" kafka.tools.StorageTool format --standalone -t "$(cluster_id)" \
      -c "$data/server.properties" >"$data/format.log" 2>&1 </dev/null
  fi
  "${kafka[@]}" kafka.Kafka "$data/server.properties" >>"$data/broker.log" 2>&1 </dev/null &
  broker=$!
  # Whatever ends this script ends the broker.
  trap 'kill -9 "$broker" 2>/dev/null || true' EXIT
  read -r how || how=gone
  if [ "$how" = stop ]; then
    kill "$broker"
    wait "$broker" || true
  else
    kill -9 "$broker" 2>/dev/null || true
    wait "$broker" 2>/dev/null || true
    rm -rf "$data"
  fi
}

case "${1:-}" in
fetch) fetch "$2" ;;
run) run "${@:2}" ;;
*)
  sed -n '2,10p' "$0" >&2
  exit 2
  ;;
esac
