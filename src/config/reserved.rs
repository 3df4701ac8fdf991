//! The settings of librdkafka that can't stand under `kafka.extra`, each with its reason.
//!
//! Exactly-once rests on some; others would let whoever writes the configuration run code or read files in this process; others have a
//! key of Relevo's own; and secrets come from files only. Everything else is the operator's. The names are data here, because the
//! configuration is judged before any client exists.

/// Why a setting can't stand under `kafka.extra`, for the operator. `None`: it may.
pub fn reserved(name: &str) -> Option<Reserved> {
    let by_name = |list: &[(&str, &'static str)]| list.iter().find(|(reserved, _)| *reserved == name).map(|(_, reason)| *reason);
    if let Some(reason) = by_name(FORBIDDEN) {
        return Some(Reserved::Forbidden(reason));
    }
    if let Some(key) = by_name(OWN_KEYS) {
        return Some(Reserved::OwnKey(key));
    }
    let unsafe_ = UNSAFE.iter().find(|(family, _)| match family.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == *family,
    });
    if let Some((_, reason)) = unsafe_ {
        return Some(Reserved::Unsafe(reason));
    }
    if VERIFICATION.contains(&name) {
        return Some(Reserved::Verification);
    }
    SECRETS.contains(&name).then_some(Reserved::Secret)
}

/// What speaks against a setting under `kafka.extra`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// Exactly-once processing needs Relevo's own value; the reason.
    Forbidden(&'static str),
    /// Relevo has a key for it; its name.
    OwnKey(&'static str),
    /// It would load code, read or write files, or hide what the client does; the reason.
    Unsafe(&'static str),
    /// Its value may switch off that brokers are verified: only with `kafka.tls.insecure`, and never from a file.
    Verification,
    /// Its value is a secret, so it must come from a file (`kafka.extra_files`).
    Secret,
}

/// Whether brokers are verified with this value of one of [`VERIFICATION`], as librdkafka and OpenSSL read it.
pub fn verifies(name: &str, value: &str) -> bool {
    let plain: String = value.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    match name {
        "enable.ssl.certificate.verification" => matches!(plain.as_str(), "true" | "t" | "1"),
        "ssl.endpoint.identification.algorithm" => plain == "https",
        // Below the level 2 that OpenSSL is built with, keys and signatures that can be forged are taken; at 0, a broker without any.
        _ => !["seclevel=0", "seclevel=1"].iter().any(|weak| plain.contains(weak)),
    }
}

/// Settings on which exactly-once processing rests, with the reasons.
pub const FORBIDDEN: &[(&str, &str)] = &[
    ("acks", "a transaction needs the word of every in-sync replica"),
    ("request.required.acks", "a transaction needs the word of every in-sync replica"),
    ("auto.offset.reset", "a lost position must stop the partition, never skip or repeat records"),
    ("check.crcs", "a record that a disk has damaged must never be believed"),
    ("delivery.report.only.error", "commits are drained by it"),
    ("enable.auto.commit", "offsets are committed inside the transaction, with the outputs"),
    ("auto.commit.enable", "offsets are committed inside the transaction, with the outputs"),
    ("auto.commit.interval.ms", "offsets are committed inside the transaction, with the outputs"),
    ("enable.auto.offset.store", "offsets are committed inside the transaction, with the outputs"),
    ("enable.gapless.guarantee", "a gap is mended by rolling the transaction back"),
    ("enable.idempotence", "transactions need it"),
    ("enable.partition.eof", "a restore knows its end by the partition's offsets"),
    ("fetch.queue.backoff.ms", "restores and small queues stall with other values"),
    ("group.id", "the two groups are named after `application`, and state belongs to them"),
    ("group.instance.id", "it is `application.stage.pod.worker`: fencing depends on it"),
    ("group.protocol", "the consumer protocol of KIP-848 stalls in this client"),
    ("group.remote.assignor", "the classic group protocol is used"),
    ("isolation.level", "inputs are read committed, so that an aborted transaction is never taken as news"),
    ("max.in.flight", "idempotence bounds it"),
    ("max.in.flight.requests.per.connection", "idempotence bounds it"),
    ("message.send.max.retries", "giving up would lose records; the transaction's timeout is the bound"),
    ("retries", "giving up would lose records; the transaction's timeout is the bound"),
    ("message.timeout.ms", "it must stay below the transaction's timeout"),
    ("delivery.timeout.ms", "it must stay below the transaction's timeout"),
    ("partition.assignment.strategy", "restores rely on the cooperative-sticky strategy"),
    ("partitioner", "keys partition as Java's murmur2 does (KEY-1)"),
    ("partitioner_cb", "keys partition as Java's murmur2 does (KEY-1)"),
    ("api.version.request", "brokers are asked what they can do, and transactions need what old ones can't"),
    ("api.version.fallback.ms", "brokers are asked what they can do, and transactions need what old ones can't"),
    ("broker.version.fallback", "brokers are asked what they can do, and transactions need what old ones can't"),
    ("compression.type", "it is another name of `compression.codec`, which may be set"),
    ("max.partition.fetch.bytes", "it is another name of `fetch.message.max.bytes`, which may be set"),
    ("queue.buffering.max.ms", "it is another name of `linger.ms`, which may be set"),
    ("queuing.strategy", "idempotence needs the order in which records were written"),
    ("topic.blacklist", "a topic that is hidden is neither read nor written, without a word"),
    ("transactional.id", "it is `application.stage.pod.worker`: fencing depends on it"),
];

/// Settings and families of settings (`*`) by which whoever writes the configuration could do more than configure, with the reasons.
const UNSAFE: &[(&str, &str)] = &[
    ("plugin.*", "it loads code into this process, which holds the password of Kafka"),
    ("ssl.engine.*", "it loads code into this process, which holds the password of Kafka"),
    ("ssl.providers", "it loads code into this process, which holds the password of Kafka"),
    ("interceptors", "it loads code into this process, which holds the password of Kafka"),
    ("sasl.kerberos.*", "it names a command for the shell, and Kerberos is not built in"),
    ("sasl.jaas.*", "it is a setting of Java's client"),
    ("sasl.oauthbearer.*", "OAUTHBEARER is not built in, and it names files and addresses to read secrets from"),
    ("enable.sasl.oauthbearer.*", "OAUTHBEARER is not built in, and these tokens are signed by nobody"),
    ("https.*", "it is for OAUTHBEARER, which is not built in"),
    ("debug", "what the client says while it debugs is about every request, and belongs into no log; `log.filter` is Relevo's own"),
    ("log.queue", "the client's warnings would go where nobody reads them"),
    ("test.*", "it puts a made-up broker in the place of Kafka, which forgets everything"),
    ("ut*", "it is for the client's own tests"),
    ("internal.*", "it sends a signal of the operating system to this process"),
    ("offset.store.*", "it writes positions into a file; offsets are committed inside the transaction"),
    ("allow.auto.create.topics", "a misspelt topic must be missing, and not be made with other settings than it needs"),
];

/// Settings by which the verification of brokers can be switched off.
pub const VERIFICATION: &[&str] = &["enable.ssl.certificate.verification", "ssl.cipher.suites", "ssl.endpoint.identification.algorithm"];

/// Settings for which Relevo has a key of its own.
const OWN_KEYS: &[(&str, &str)] = &[
    ("bootstrap.servers", "kafka.bootstrap_servers"),
    ("metadata.broker.list", "kafka.bootstrap_servers"),
    ("security.protocol", "kafka.security_protocol"),
    ("sasl.mechanism", "kafka.sasl.mechanism"),
    ("sasl.mechanisms", "kafka.sasl.mechanism"),
    ("sasl.username", "kafka.sasl.username"),
    ("sasl.password", "kafka.sasl.password_file"),
    ("ssl.ca.location", "kafka.tls.ca_file"),
    ("ssl.certificate.location", "kafka.tls.certificate_file"),
    ("ssl.key.location", "kafka.tls.key_file"),
    ("ssl.key.password", "kafka.tls.key_password_file"),
];

/// Settings whose values are secrets.
const SECRETS: &[&str] = &["ssl.key.pem", "ssl.keystore.password"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reserved_setting_says_why_and_the_rest_is_free() {
        let check =
            |name: &str, expected: fn(&Option<Reserved>) -> bool| assert!(expected(&reserved(name)), "{name}: {:?}", reserved(name));
        check("enable.idempotence", |found| matches!(found, Some(Reserved::Forbidden(_))));
        check("sasl.password", |found| matches!(found, Some(Reserved::OwnKey("kafka.sasl.password_file"))));
        check("ssl.keystore.password", |found| matches!(found, Some(Reserved::Secret)));
        check("plugin.library.paths", |found| matches!(found, Some(Reserved::Unsafe(_))));
        check("enable.ssl.certificate.verification", |found| matches!(found, Some(Reserved::Verification)));
        check("socket.keepalive.enable", Option::is_none);
        check("ssl.crl.location", Option::is_none);
        check("session.timeout.ms", Option::is_none);
        assert!(FORBIDDEN.iter().chain(UNSAFE).all(|(_, reason)| reason.len() > 15));
    }
}
