//! Every setting, with its default, its unit and its bounds.
//!
//! The shape of these structs is the shape of `relevo.yaml`: keys that are not here are refused, and a test holds the file
//! and the structs together. Nothing here reads anything, and serde fills nothing in: what was configured is laid over
//! [`Settings::default`] before.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::secret::Secret;
use crate::contract::account_key::FreeMail;
use crate::mapping::Map;

/// The whole configuration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// The deployment's name: the prefix of consumer groups and transactional identifiers. Letters, digits, `_`, `-`; no dot, which ends it
    /// in a worker's identity.
    pub application: String,
    /// The name of this process among its like, the same after a restart. `None`: the host's name.
    pub pod: Option<String>,
    /// How to reach Kafka.
    pub kafka: Kafka,
    /// The topics' names.
    pub topics: Topics,
    /// Partitions of the intake log and of the changelog, 1 to 1024. It can't be changed later.
    pub partitions: u32,
    /// How the inputs are read.
    pub inputs: Inputs,
    /// How an account's key is found.
    pub account_key: AccountKeySettings,
    /// Where the law comes from.
    pub rulebook: RulebookSettings,
    /// Where leads may be copied to.
    pub routes: Routes,
    /// When a transaction is committed.
    pub commit: Commit,
    /// How many threads work.
    pub workers: Workers,
    /// Probes and metrics.
    pub http: Http,
    /// What is logged, and how.
    pub log: Log,
    /// How accounts are stored.
    pub state: State,
}

/// How to reach Kafka.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Kafka {
    /// Addresses `host:port` of some brokers.
    pub bootstrap_servers: Vec<String>,
    /// How connections are secured.
    pub security_protocol: SecurityProtocol,
    /// TLS.
    pub tls: Tls,
    /// SASL.
    pub sasl: Sasl,
    /// As whom each part signs in.
    pub principals: Principals,
    /// Any other setting of librdkafka by its name there. Never a secret.
    pub extra: BTreeMap<String, String>,
    /// Settings of librdkafka whose values are read from the files named here.
    pub extra_files: BTreeMap<String, PathBuf>,
    /// The secrets that were read from files, by librdkafka's name.
    #[serde(skip)]
    pub secrets: BTreeMap<String, Secret>,
}

impl Kafka {
    /// What every client needs, by librdkafka's names: addresses, security, secrets, and `extra` last, because it may not name
    /// any of the others. What a consumer or a producer needs besides is the Kafka room's business.
    pub fn client_properties(&self) -> BTreeMap<String, Secret> {
        let mut properties = BTreeMap::new();
        let mut set = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                properties.insert(name.to_owned(), Secret::new(value));
            }
        };
        set("bootstrap.servers", Some(&self.bootstrap_servers.join(",")));
        set("security.protocol", Some(self.security_protocol.as_str()));
        set("sasl.mechanism", self.sasl.mechanism.map(Mechanism::as_str));
        set("sasl.username", self.sasl.username.as_deref());
        let path = |file: &Option<PathBuf>| file.as_ref().map(|file| file.to_string_lossy().into_owned());
        set("ssl.ca.location", path(&self.tls.ca_file).as_deref());
        set("ssl.certificate.location", path(&self.tls.certificate_file).as_deref());
        set("ssl.key.location", path(&self.tls.key_file).as_deref());
        for (name, secret) in &self.secrets {
            set(name, Some(secret.expose()));
        }
        for (name, value) in &self.extra {
            set(name, Some(value));
        }
        properties
    }
}

/// How connections are secured, by Kafka's names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityProtocol {
    /// Not at all.
    #[default]
    Plaintext,
    /// TLS.
    Ssl,
    /// SASL in the clear.
    SaslPlaintext,
    /// SASL over TLS.
    SaslSsl,
}

impl SecurityProtocol {
    /// The name for librdkafka.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plaintext => "plaintext",
            Self::Ssl => "ssl",
            Self::SaslPlaintext => "sasl_plaintext",
            Self::SaslSsl => "sasl_ssl",
        }
    }

    /// Whether what is sent is encrypted.
    pub const fn has_tls(self) -> bool {
        matches!(self, Self::Ssl | Self::SaslSsl)
    }

    /// Whether somebody has to sign in.
    pub const fn has_sasl(self) -> bool {
        matches!(self, Self::SaslPlaintext | Self::SaslSsl)
    }
}

/// TLS.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tls {
    /// Certificates of the authorities that sign the brokers' (PEM); `None`: the system's.
    pub ca_file: Option<PathBuf>,
    /// The client's certificate (PEM), where brokers ask for one.
    pub certificate_file: Option<PathBuf>,
    /// The client's key (PEM).
    pub key_file: Option<PathBuf>,
    /// The file that holds the key's password.
    pub key_password_file: Option<PathBuf>,
    /// Whether `extra` may switch off that brokers are verified: for trials. It is said wherever an operator looks.
    pub insecure: bool,
}

/// SASL.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sasl {
    /// How Relevo proves who it is.
    pub mechanism: Option<Mechanism>,
    /// The user.
    pub username: Option<String>,
    /// The file that holds the password.
    pub password_file: Option<PathBuf>,
}

/// As whom each part of Relevo signs in, as the cluster's access rules name it; `None`: `User:`, the application's name, a dash and the part's.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Principals {
    /// Processes that run Intake.
    pub intake: Option<String>,
    /// Processes that run Decide; the same as Intake's where one process runs both.
    pub decide: Option<String>,
    /// People and scripts that look.
    pub operator: Option<String>,
    /// Who repairs the state.
    pub recovery: Option<String>,
}

/// How Relevo proves to a broker who it is: what this build of librdkafka can do with a user and a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mechanism {
    /// The password itself is sent.
    #[serde(rename = "PLAIN")]
    Plain,
    /// A proof of the password, by SHA-256.
    #[serde(rename = "SCRAM-SHA-256")]
    ScramSha256,
    /// A proof of the password, by SHA-512.
    #[serde(rename = "SCRAM-SHA-512")]
    ScramSha512,
}

impl Mechanism {
    /// The name for librdkafka.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

/// The topics' names.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Topics {
    /// In: what persons did in campaigns.
    pub interactions: String,
    /// In, compacted: account facts from the CRM.
    pub accounts: String,
    /// In: what sales did with leads, from the CRM.
    pub activities: String,
    /// Internal: the ordered history that Decide folds.
    pub intake: String,
    /// Internal, compacted: state.
    pub changelog: String,
    /// Out: every lead.
    pub leads: String,
    /// Out: response, deadlines, closing.
    pub follow_up: String,
    /// Out: every decision with its reasons.
    pub decisions: String,
    /// Out: what could not be read, and why.
    pub dead_letters: String,
}

impl Default for Topics {
    fn default() -> Self {
        Self {
            interactions: "marketing.interactions.v1".into(),
            accounts: "crm.accounts.v1".into(),
            activities: "sales.activities.v1".into(),
            intake: "relevo.intake.v1".into(),
            changelog: "relevo.changelog.v1".into(),
            leads: "sales.qualified-leads.v1".into(),
            follow_up: "sales.follow-up.v1".into(),
            decisions: "relevo.decisions.v1".into(),
            dead_letters: "relevo.dead-letters.v1".into(),
        }
    }
}

/// How the inputs are read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inputs {
    /// The largest value of an input record, in bytes, 1 KiB to 64 MiB; larger ones become dead letters.
    pub max_bytes: u32,
    /// Interactions.
    pub interactions: Interactions,
    /// Account facts.
    pub accounts: OptionalInput,
    /// What sales did with leads.
    pub activities: ActivitiesInput,
}

impl Default for Inputs {
    fn default() -> Self {
        Self {
            max_bytes: 1024 * 1024,
            interactions: Interactions::default(),
            accounts: OptionalInput::default(),
            activities: ActivitiesInput::default(),
        }
    }
}

/// How interactions are read. A record that bears no type has the type that its topic is for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Interactions {
    /// Types that may be on the topic and are none of Relevo's business: counted, and passed over.
    pub ignore_types: Vec<String>,
    /// The map by which foreign JSON on the topic becomes interactions: a file, or the name of one that comes with Relevo.
    pub map: Option<PathBuf>,
    /// The map that was read from there.
    #[serde(skip)]
    pub mapped: Option<Arc<Map>>,
    /// The digest of its text.
    #[serde(skip)]
    pub map_digest: Option<String>,
}

/// How an input is read that a deployment may do without.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OptionalInput {
    /// Whether the topic is read at all.
    pub enabled: bool,
    /// Types that may be on the topic and are none of Relevo's business: counted, and passed over.
    pub ignore_types: Vec<String>,
}

impl Default for OptionalInput {
    fn default() -> Self {
        Self { enabled: true, ignore_types: Vec::new() }
    }
}

/// How activities are read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ActivitiesInput {
    /// Whether the topic is read at all.
    pub enabled: bool,
    /// Types that may be on the topic and are none of Relevo's business: counted, and passed over.
    pub ignore_types: Vec<String>,
    /// Whether the connector sends `relevo.feed.heartbeat.v1` to every partition: deadlines then wait for its word.
    pub heartbeats: bool,
}

impl Default for ActivitiesInput {
    fn default() -> Self {
        Self { enabled: true, ignore_types: Vec::new(), heartbeats: false }
    }
}

/// How an account's key is found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct AccountKeySettings {
    /// Domains of free-mail providers beyond the built-in list: an address there says nothing about a company.
    pub free_mail: Vec<String>,
    /// Hosts with pages of others beyond the built-in list: a website there says nothing about a company.
    pub platforms: Vec<String>,
    /// Domains that are companies', whatever the built-in lists and patterns say.
    pub companies: Vec<String>,
}

impl AccountKeySettings {
    /// What is known of domains: the built-in lists with these.
    pub fn lists(&self) -> FreeMail {
        let [free_mail, platforms, companies] =
            [&self.free_mail, &self.platforms, &self.companies].map(|list| list.iter().map(String::as_str));
        FreeMail::with(free_mail).and_platforms(platforms).and_companies(companies)
    }
}

/// Where the law comes from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RulebookSettings {
    /// The folder with one file for each revision.
    pub folder: PathBuf,
    /// The folder with sales' rosters, one file for each revision; it need not be there: then every lead goes to its team's queue.
    pub rosters: PathBuf,
    /// The charter: who must agree. Deployed apart from the folder.
    pub charter: PathBuf,
    /// The signers' public keys; `None`: the file `allowed_signers` beside the charter.
    pub allowed_signers: Option<PathBuf>,
    /// Whether a rulebook that nobody signed may become law.
    pub allow_unsigned: bool,
    /// The lowest revision with which a log may begin.
    pub least_revision: u32,
}

impl Default for RulebookSettings {
    fn default() -> Self {
        Self {
            folder: "agreement/rulebooks".into(),
            rosters: "agreement/rosters".into(),
            charter: "agreement/charter.yaml".into(),
            allowed_signers: None,
            allow_unsigned: false,
            least_revision: 1,
        }
    }
}

/// Where leads may be copied to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Routes {
    /// The topics that a route's `also_to` may name.
    pub allowed_topics: Vec<String>,
}

/// When a transaction is committed: as soon as nothing is left to read and `min_ms` have passed, and at the latest at any of
/// the three upper bounds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Commit {
    /// The shortest transaction, in ms, 0 to 1000.
    pub min_ms: u32,
    /// The longest transaction, in ms, 1 to 5000: it adds to the latency of every output.
    pub max_ms: u32,
    /// The most input records of a transaction, 1 to 1,000,000.
    pub max_records: u32,
    /// The most bytes of outputs of a transaction, 64 KiB to 256 MiB.
    pub max_bytes: u32,
}

impl Default for Commit {
    fn default() -> Self {
        Self { min_ms: 20, max_ms: 100, max_records: 10_000, max_bytes: 8 * 1024 * 1024 }
    }
}

/// How many threads work, 1 to 64 of each kind. Part of the identity that fencing rests on: never guessed from the machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Workers {
    /// Of Intake.
    pub intake: u32,
    /// Of Decide.
    pub decide: u32,
}

impl Default for Workers {
    fn default() -> Self {
        Self { intake: 1, decide: 1 }
    }
}

/// Probes and metrics.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Http {
    /// The address to listen on: this machine alone, unless another is given. Who reaches it reads brokers, parties, teams and figures.
    pub listen: SocketAddr,
}

impl Default for Http {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 8080)) }
    }
}

/// What is logged, and how.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Log {
    /// For machines or for people.
    pub format: LogFormat,
    /// What is logged, in the words of tracing's filters: `info`, `relevo::pipeline=debug,info` …
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Json, filter: "info".into() }
    }
}

/// Who reads the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// A line that people read.
    Human,
}

/// How accounts are stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    /// The version in which state is written. Raise it only when every pod runs a release that reads the new one.
    pub write_version: u8,
}

impl Default for State {
    fn default() -> Self {
        Self { write_version: 1 }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            application: "relevo".into(),
            pod: None,
            kafka: Kafka { bootstrap_servers: vec!["localhost:9092".into()], ..Kafka::default() },
            topics: Topics::default(),
            partitions: 12,
            inputs: Inputs::default(),
            account_key: AccountKeySettings::default(),
            rulebook: RulebookSettings::default(),
            routes: Routes::default(),
            commit: Commit::default(),
            workers: Workers::default(),
            http: Http::default(),
            log: Log::default(),
            state: State::default(),
        }
    }
}
