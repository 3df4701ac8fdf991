//! 3000: what those who configure and deploy can mend. The service does not start, and exits with 78.

super::codes! {
    3001 CONFIG_UNREADABLE "config_unreadable" "The configuration file can't be read."
        "The message names the file. Check the path given with `--config`, its permissions, and that it is YAML.";
    3002 CONFIG_UNKNOWN_KEY "config_unknown_key" "The configuration has a key that Relevo does not know."
        "A key that is misspelt would silently leave its default in force, so the start stops. The message says where the key stands and which known key is nearest. `relevo.yaml` documents every key; in the environment a key is `RELEVO__SECTION__KEY`.";
    3003 CONFIG_WRONG_TYPE "config_wrong_type" "A configured value has the wrong type."
        "The message says what is expected there. Whole numbers have no unit behind them: the unit is the last word of the key (`commit.min_ms: 10`). In the environment a list is written with commas.";
    3004 CONFIG_BAD_VALUE "config_bad_value" "A configured value is outside what is allowed."
        "The message names the key, the bounds and the unit. `relevo.yaml` says for every key what it is for and where its bounds come from.";
    3005 CONFIG_RESERVED_SETTING "config_reserved_setting" "A setting under `kafka.extra` is one that Relevo does not take there."
        "Exactly-once processing rests on some settings of the Kafka client; others load code, read secrets or files, or switch off that brokers are verified. The message gives the reason for the one at hand, or names Relevo's own key for it. Remove it. Every other librdkafka setting may stand under `kafka.extra`. For a trial against brokers whose certificates can't be verified, set `kafka.tls.insecure: true` beside the switch.";
    3006 SECRET_UNREADABLE "secret_unreadable" "The file of a password or key can't be read."
        "Secrets are never written in the configuration, only the names of the files that hold them. Check that the file is there, not empty, and readable for the user that the service runs as. A line end behind the secret is ignored.";
    3007 UNSIGNED_NOT_ALLOWED "unsigned_not_allowed" "There is no charter, and rulebooks without signatures are not allowed here."
        "A rulebook is law when both departments have signed it, and the charter says who they are: `rulebook.charter` names its file, by default `agreement/charter.yaml`, with `allowed_signers` beside it (`relevo rules new` writes both). For a demo or a trial start with `--allow-unsigned`, or set `rulebook.allow_unsigned: true`; Relevo goes on saying so in its log, in `/readyz?verbose` and in the metric `relevo_rulebook_info`.";
    3008 RULEBOOK_FOLDER "rulebook_folder" "The folder of rulebooks can't be used."
        "`rulebook.folder` must be a folder that the service can read. It holds one file for each revision, such as `0001.yaml`, with its signatures beside it, `0001.sigs`. Until one is in force in every partition of the log, Relevo reads no interactions: they wait in their topic, and `/readyz?verbose` says so.";
    3009 HTTP_ADDRESS "http_address" "The address for HTTP can't be listened on."
        "Another process has the port, or the address is none of this machine. Set `http.listen` to a free one, such as `127.0.0.1:8080`.";
    3010 KAFKA_UNREACHABLE "kafka_unreachable" "No broker answers at `kafka.bootstrap_servers`."
        "Check the addresses, the network between here and the brokers, and `kafka.security_protocol`: a TLS port that is spoken to in plain text looks just like a silent one. The message has the client's own words.";
    3011 TOPIC_MISSING "topic_missing" "A topic that Relevo needs does not exist."
        "`relevo topics --create` makes what is missing; `relevo topics --format strimzi` or `--format kafka-topics` prints it for whoever may create topics. Topic names are settings, under `topics`.";
    3012 PARTITIONS_DIFFER "partitions_differ" "A topic has another number of partitions than it must have."
        "The intake log and the changelog have `partitions` partitions each, because an account's state lives in the partition of its key. A changed number would orphan every account's state. Set `partitions` to what the topics have; to change the number, start with new topics under new names and another `application`.";
    3013 CLEANUP_POLICY "cleanup_policy" "A topic is cleaned up in a way that would lose data."
        "The changelog is Relevo's memory and must be compacted, never deleted by time; the intake log must be deleted by time, never compacted, because it is a history and not a table. Change `cleanup.policy` of the topic.";
    3014 TIMESTAMP_TYPE "timestamp_type" "The intake log does not stamp its records with the time of appending."
        "Relevo's clock is the log's: `message.timestamp.type` of the intake log must be `LogAppendTime`, so that a producer's clock that is wrong moves no deadline.";
    3015 MESSAGE_BYTES "message_bytes" "A topic refuses records as large as Relevo may have to write."
        "The intake log takes every input with its headers: its `max.message.bytes` must be at least `inputs.max_bytes` and 64 KiB. Raise it, or lower `inputs.max_bytes`. The changelog and the outputs take a transaction's records in batches of up to a megabyte: theirs must be at least 1048576.";
    3016 TRANSACTIONS_REFUSED "transactions_refused" "The cluster does not let Relevo use transactions."
        "Exactly once needs them. Allow Write on the transactional identifiers that begin with the `application`'s name and the stage, such as `relevo.decide.` (`relevo topics --acls` prints the rights), and IdempotentWrite on the cluster where it is older than Kafka 3.0; three brokers must be there where `transaction.state.log.replication.factor` is 3.";
    3017 ACCESS_DENIED "access_denied" "The cluster's access rules forbid something that Relevo has to do."
        "The message names the operation and the resource. `relevo topics --acls` prints the least rights of each part of Relevo, as a table, as commands for Kafka's own script, or for Strimzi; `relevo check --role intake` (or `decide`, `operator`, `recovery`) says which of them are missing. docs/security.md says what each is for.";
    3018 RETENTION_SHORT "retention_short" "A topic keeps records for a shorter time than is advised."
        "A warning, not a stop. What the intake log has deleted before Decide read it is lost, so its retention must be longer than the longest outage that you want to survive: seven days are advised.";
    3019 PARTITIONS_CHANGED "partitions_changed" "`partitions` differs from what the changelog was written with."
        "An account's state lives in the partition that its key hashes to; with another number of partitions every account would be looked for in the wrong place. Set `partitions` back, or start with new topics and another `application`.";
    3020 ROUTE_TOPIC "route_topic" "A topic for copies of leads can't be used."
        "A route's `also_to` may name only topics listed under `routes.allowed_topics`, and they must exist and be writable. Until then the copy is left out, with a warning, and counted in `relevo_copies_left_out_total`; the lead itself is always on the main topic. The topic is looked at every few seconds: make it, or allow Write on it, and copies go on without a restart. What was left out is not copied later.";
    3021 RUNTIME "runtime" "The machine refused what the service needs to run."
        "Threads, signals or memory could not be had from the operating system; the message has its words. Check the limits of the container or of the user.";
    3022 REPLICATION_ONE "replication_one" "A topic that Relevo writes is kept in one copy."
        "A warning, not a stop. The intake log and the changelog are Relevo's history and memory: with one copy of each, the loss of one broker's disk loses every account's state. With one copy of an output, a broker that is shut down in order can make Kafka (4.1 to 4.3) skip the end of a transaction on it: what was rolled back is then handed out with the next, or readers wait for ever. On a cluster of three brokers or more give them three copies, and `min.insync.replicas=2`.";
    3035 TRIAL_FAILED "trial_failed" "A record in a trial transaction did not arrive."
        "`relevo check` takes an identity, writes one small record to the changelog in a transaction, and rolls it back: readers of committed records never see it. The cluster gave the identity and did not take the record; the message has its words. Check the right to write to the topic, that enough replicas are in sync (`min.insync.replicas`), what the topic takes (`max.message.bytes`), and what stands under `kafka.extra`. As long as no record arrives, the service decides nothing.";
    3040 STATE_IN_USE "state_in_use" "Pods work with the state that is to be changed."
        "Offsets and state that change under a running pod would be overwritten by it, or folded twice. Nothing was changed. Stop every pod of the deployment (kubectl scale statefulset/relevo --replicas=0), wait until Kafka has forgotten them (`session.timeout.ms`, ten seconds), and give the command again.";
    3041 RULEBOOK_NOT_ON_LOG "rulebook_not_on_log" "The log does not have the acceptance of the rulebook or roster that was in force, and no partition's state has it."
        "A state that is made again from this log would have none, and what it folds would make no lead. Nothing was changed. The log keeps some days only, or was made again, and the rows of all partitions are lost. Restore the changelog from a copy, if there is one. Else give the command again with `--without-rulebook`: the accounts are made again without leads, the service offers the rulebook of its folder anew, and Intake waits until it is in force. What Intake has handed on and Decide has not decided makes no lead then: `relevo state inspect` shows how many records that are (GROUP AT, and the end of what the log HAS).";
    3050 KAFKA_IN_THE_CLEAR "kafka_in_the_clear" "Relevo speaks with Kafka over the network without encryption."
        "A warning, not a stop. What Relevo reads and writes are names, addresses and phone numbers of people, and with SASL's PLAIN its own password too; everybody on the way can read and change them. Use a listener of the brokers with TLS: `kafka.security_protocol: ssl` or `sasl_ssl`, and `kafka.tls.ca_file`. For brokers on the same machine nothing is said.";
    3051 BROKERS_UNVERIFIED "brokers_unverified" "Brokers are not verified: `kafka.tls.insecure` is set."
        "A warning, not a stop, and for trials only. The connection is encrypted, but with whom nobody checks: whoever is on the way can pretend to be a broker, read all personal data and Relevo's password, and answer with records of their own. Name the authority that signs the brokers' certificates (`kafka.tls.ca_file`), and remove `kafka.tls.insecure` and the settings under `kafka.extra` that the message names. `/readyz?verbose` and the metric `relevo_brokers_unverified` say the same until then.";
    3052 CORE_DUMPS "core_dumps" "The operating system does not let Relevo forbid core dumps."
        "A warning, not a stop. A process that crashes may leave its memory on the disk, or hand it to the program that `core_pattern` names, and in it are names, phones and the password of Kafka. The message has the operating system's words: a seccomp profile that forbids `prctl` or `setrlimit` is the usual cause. Allow them, or forbid core dumps for the container or the unit (`ulimit -c 0`, `LimitCORE=0`).";
    3060 OTHER_WRITERS "other_writers" "Somebody else than Relevo may write the log or the changelog."
        "A warning, not a stop. Whoever may write to the intake log can forge facts and hurry assignments, and whoever may write to the changelog can forge Relevo's memory: both are trusted as the service itself is. Take Write and All away from everybody who is none of Relevo's principals; `relevo topics --acls` prints who needs it. Where Relevo signs in under other names, put them under `kafka.principals`.";
    3070 TOO_FEW_BROKERS "too_few_brokers" "More copies are asked for than the cluster has brokers."
        "Each copy of a record lies on a broker of its own, so `--replication 3` needs three. Nothing was made. For a trial on one broker give `--replication 1`, or leave it out: the cluster's default counts then. In production keep three copies of the intake log and of the changelog, with `min.insync.replicas=2`.";
    3071 TOPICS_NOT_MADE "topics_not_made" "The cluster answered, and does not make the topics."
        "The message has the cluster's own words: a policy about topics' names, partitions or settings, too few brokers for the copies that are asked for, or a limit. Topics that could be made were made. Do what it asks for and give the command again, or print the commands for whoever may make topics: `relevo topics --format kafka-topics`, `--format strimzi`.";
}
