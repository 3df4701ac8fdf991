//! Whether the connection to Kafka is as secure as it looks: TLS that is half configured, verification that is switched off, data in
//! the clear.
//!
//! librdkafka takes all of these without a word: files of TLS do nothing where the protocol is not TLS. What cannot work is refused;
//! what works and is dangerous is warned of wherever an operator looks. The cluster itself is asked nothing here.

use std::net::IpAddr;

use super::problem::Problem;
use super::reserved::{Reserved, VERIFICATION, reserved, verifies};
use super::settings::{Kafka, Mechanism, SecurityProtocol, Settings};
use crate::contract::code;

/// A key that is wrong, in what way, and what to do.
pub type Wrong = (String, String, &'static str);

/// What can't work as it is configured.
pub fn wrong(kafka: &Kafka) -> Vec<Wrong> {
    let mut wrong = sasl(kafka);
    wrong.extend(if kafka.security_protocol.has_tls() { pairs(kafka) } else { tls_without_tls(kafka) });
    wrong
}

fn wrongly(key: impl Into<String>, what: impl Into<String>, remedy: &'static str) -> Wrong {
    (key.into(), what.into(), remedy)
}

fn sasl(kafka: &Kafka) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let sasl = &kafka.sasl;
    let signs_in = kafka.security_protocol.has_sasl();
    if signs_in && sasl.mechanism.is_none() {
        let what = "is missing, and `kafka.security_protocol` signs in";
        wrong.push(wrongly("kafka.sasl.mechanism", what, "give PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"));
    }
    if !signs_in && (sasl.mechanism.is_some() || sasl.username.is_some() || sasl.password_file.is_some()) {
        let remedy = "set `kafka.security_protocol` to sasl_ssl or sasl_plaintext, or remove `kafka.sasl`";
        wrong.push(wrongly("kafka.sasl", "is set, and `kafka.security_protocol` does not sign in", remedy));
    }
    if sasl.username.is_some() != sasl.password_file.is_some() {
        wrong.push(wrongly("kafka.sasl", "has a user or a password file, but not both", "give `username` and `password_file`"));
    } else if signs_in && sasl.mechanism.is_some() && sasl.username.is_none() {
        wrong.push(wrongly("kafka.sasl", "has neither user nor password", "give `username` and `password_file`"));
    }
    wrong
}

/// Everything of TLS that is set although the protocol has none.
fn tls_without_tls(kafka: &Kafka) -> Vec<Wrong> {
    let tls = &kafka.tls;
    let own = [
        ("ca_file", tls.ca_file.is_some()),
        ("certificate_file", tls.certificate_file.is_some() || tls.key_file.is_some()),
        ("key_password_file", tls.key_password_file.is_some()),
        ("insecure", tls.insecure),
    ];
    let own = own.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| format!("kafka.tls.{name}"));
    // What may not stand there at all is said already, with its own reason.
    let is_tls = |name: &&String, also: Option<Reserved>| name.starts_with("ssl.") && [None, also].contains(&reserved(name));
    let extra = kafka.extra.keys().filter(|name| is_tls(name, None)).map(|name| format!("kafka.extra.{name}"));
    let files = kafka.extra_files.keys().filter(|name| is_tls(name, Some(Reserved::Secret)));
    let files = files.map(|name| format!("kafka.extra_files.{name}"));
    let what = "is set, and `kafka.security_protocol` does not use TLS: everything would go in the clear";
    let remedy = "set `kafka.security_protocol` to ssl or sasl_ssl, or remove it";
    own.chain(extra).chain(files).map(|key| wrongly(key, what, remedy)).collect()
}

/// Halves of TLS without their other half.
fn pairs(kafka: &Kafka) -> Vec<Wrong> {
    let tls = &kafka.tls;
    let has = |name: &str| kafka.extra.contains_key(name) || kafka.extra_files.contains_key(name);
    let certificate = tls.certificate_file.is_some() || has("ssl.certificate.pem");
    let key = tls.key_file.is_some() || has("ssl.key.pem");
    let mut wrong = Vec::new();
    match (certificate, key) {
        (true, false) => wrong.push(wrongly("kafka.tls", "has a certificate without a key", "name the key too: `kafka.tls.key_file`")),
        (false, true) => {
            wrong.push(wrongly("kafka.tls", "has a key without a certificate", "name the certificate too: `kafka.tls.certificate_file`"));
        }
        (false, false) if tls.key_password_file.is_some() => {
            wrong.push(wrongly("kafka.tls", "has the password of a key, and no key", "name the key too: `kafka.tls.key_file`"));
        }
        _ => {}
    }
    if has("ssl.keystore.password") && !has("ssl.keystore.location") {
        let remedy = "name the keystore too: `kafka.extra.ssl.keystore.location`";
        wrong.push(wrongly("kafka.extra_files", "has the password of a keystore, and no keystore", remedy));
    }
    if tls.insecure && unverified(kafka).is_empty() {
        let what = "is true, and nothing under `kafka.extra` switches verification off";
        wrong.push(wrongly("kafka.tls.insecure", what, "remove it: brokers are verified, and should be"));
    }
    wrong
}

/// The settings under `kafka.extra` by which brokers are not verified, or not with strength.
pub fn unverified(kafka: &Kafka) -> Vec<&str> {
    if !kafka.security_protocol.has_tls() {
        return Vec::new();
    }
    let off = |name: &&&str| kafka.extra.get(**name).is_some_and(|value| !verifies(name, value));
    VERIFICATION.iter().filter(off).copied().collect()
}

/// What works and is dangerous, for `check`, the log and whoever else warns.
pub fn warnings(settings: &Settings) -> Vec<Problem> {
    let kafka = &settings.kafka;
    let mut warnings = Vec::new();
    let off = unverified(kafka);
    if !off.is_empty() {
        let what = format!(
            "brokers are NOT VERIFIED (`{}`): whoever is on the way to them can pretend to be one, read everything and write anything",
            off.join("`, `")
        );
        let remedy = "name the authority that signs the brokers' certificates, `kafka.tls.ca_file`, and remove `kafka.tls.insecure`";
        warnings.push(Problem::new(code::BROKERS_UNVERIFIED, what, "kafka.tls.insecure", remedy));
    }
    let far: Vec<&str> = kafka.bootstrap_servers.iter().flat_map(|entry| entry.split(',')).filter(|server| !is_loopback(server)).collect();
    if !kafka.security_protocol.has_tls() && !far.is_empty() {
        let goes = match (kafka.security_protocol, kafka.sasl.mechanism) {
            (SecurityProtocol::SaslPlaintext, Some(Mechanism::Plain)) => "names, phone numbers and Relevo's own password go",
            _ => "names and phone numbers go",
        };
        let what = format!("{goes} over the network in the clear: `kafka.security_protocol` is {}", kafka.security_protocol.as_str());
        let place = format!("kafka.security_protocol, with Kafka at {}", far.join(", "));
        let remedy = "use a listener of the brokers with TLS, and set it to ssl or sasl_ssl";
        warnings.push(Problem::new(code::KAFKA_IN_THE_CLEAR, what, place, remedy));
    }
    warnings
}

/// Whether a `host:port` is on this machine, by its name alone.
fn is_loopback(server: &str) -> bool {
    let server = server.trim();
    let server = server.split_once("://").map_or(server, |(_, server)| server);
    let host = server.rsplit_once(':').map_or(server, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
