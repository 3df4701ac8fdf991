//! The table of rights for people and other tools: a table, commands of Kafka's own script, or Strimzi's `KafkaUser` resources.
//!
//! Texts only; it asks no cluster.

use std::fmt::Write;

use super::access::{Grant, Resource, Right, grants};
use super::print::resource_name;
use crate::cli::TopicsFormat;
use crate::command::terminal;
use crate::config::Settings;

/// The rights in the form that was asked for.
pub fn printed(settings: &Settings, format: TopicsFormat, cluster: &str) -> String {
    let grants = grants(settings);
    match format {
        TopicsFormat::Table => table(&grants),
        TopicsFormat::KafkaAcls | TopicsFormat::KafkaTopics => kafka_acls(settings, &grants),
        TopicsFormat::Strimzi => strimzi(settings, &grants, cluster),
    }
}

/// Who that is, in a line.
fn who(grant: &Grant) -> String {
    grant.roles.iter().map(|role| role.what()).collect::<Vec<_>>().join("; ")
}

fn words(right: &Right) -> Vec<String> {
    right.operations.iter().map(ToString::to_string).collect()
}

fn table(grants: &[Grant]) -> String {
    let mut table = terminal::table(["PRINCIPAL", "ON", "NAME", "MAY"]);
    for grant in grants {
        for (index, right) in grant.rights.iter().enumerate() {
            let (kind, name) = match &right.resource {
                Resource::Topic(name) => ("topic", name.clone()),
                Resource::Group(name) => ("group", name.clone()),
                Resource::TransactionalIds(prefix) => ("transactional ids", format!("{prefix}*")),
            };
            let principal = if index == 0 { grant.principal.as_str() } else { "" };
            table.add_row([principal, kind, &name, &words(right).join(", ")]);
        }
    }
    let mut text: String = terminal::lines(&table).map(|line| line + "\n").collect();
    text.push_str(
        "\nNobody needs more than this, and whoever may read or write may also Describe. docs/security.md says what each right is for.\n",
    );
    text
}

/// As commands of `kafka-acls.sh`. What an operator of the cluster may do (`super.users`) is not for rules to say.
fn kafka_acls(settings: &Settings, grants: &[Grant]) -> String {
    let servers = settings.kafka.bootstrap_servers.join(",");
    let mut text = String::from("# The least rights of everybody who has to do with Relevo's topics. Read and Write include Describe.\n");
    if settings.kafka.security_protocol.as_str() != "plaintext" {
        text.push_str("# Add --command-config FILE with the properties of a client that may give rights.\n");
    }
    for grant in grants {
        let _ = writeln!(text, "\n# {}", who(grant)); // a text takes whatever is written
        for right in &grant.rights {
            let resource = match &right.resource {
                Resource::Topic(name) => format!("--topic {name}"),
                Resource::Group(name) => format!("--group {name}"),
                Resource::TransactionalIds(prefix) => format!("--transactional-id {prefix} --resource-pattern-type prefixed"),
            };
            let operations: String = words(right).iter().map(|operation| format!(" --operation {operation}")).collect();
            let principal = quoted(&grant.principal);
            let _ = writeln!(text, "kafka-acls.sh --bootstrap-server {servers} --add --allow-principal {principal} {resource}{operations}");
        }
    }
    text
}

/// For a shell: a certificate's name has commas, spaces and sometimes quotes.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// As Strimzi's resources for the cluster of this name. The user's name is that of the resource: with certificates Strimzi's operator makes
/// `User:CN=name` of it.
fn strimzi(settings: &Settings, grants: &[Grant], cluster: &str) -> String {
    let authentication = if settings.kafka.security_protocol.has_sasl() { "scram-sha-512" } else { "tls" };
    let mut text = String::from("# The least rights of everybody who has to do with Relevo's topics. Read and Write include Describe.\n");
    for grant in grants {
        let plain = grant.principal.trim_start_matches("User:").trim_start_matches("CN=");
        let name = resource_name(plain.split(',').next().unwrap_or(plain));
        let _ = write!(
            text,
            "---\n# {}\napiVersion: kafka.strimzi.io/v1\nkind: KafkaUser\nmetadata:\n  name: {name}\n  labels:\n    strimzi.io/cluster: {cluster}\nspec:\n  \
             authentication:\n    type: {authentication}\n  authorization:\n    type: simple\n    acls:\n",
            who(grant),
        );
        for right in &grant.rights {
            let (kind, name, pattern) = match &right.resource {
                Resource::Topic(name) => ("topic", name, "literal"),
                Resource::Group(name) => ("group", name, "literal"),
                Resource::TransactionalIds(prefix) => ("transactionalId", prefix, "prefix"),
            };
            let _ = writeln!(
                text,
                "      - resource: {{ type: {kind}, name: {name}, patternType: {pattern} }}\n        operations: [{}]",
                words(right).join(", ")
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every right of the table, once, in each form; nothing else.
    #[test]
    fn every_form_says_the_whole_table() {
        let mut settings = Settings::default();
        settings.kafka.principals.operator = Some("User:CN=o'brien,OU=Ops".into());
        let count: usize = grants(&settings).iter().map(|grant| grant.rights.len()).sum();
        let commands = printed(&settings, TopicsFormat::KafkaAcls, "");
        assert_eq!(commands.lines().filter(|line| line.starts_with("kafka-acls.sh ")).count(), count, "{commands}");
        assert!(commands.contains(r"--allow-principal 'User:CN=o'\''brien,OU=Ops' --topic relevo.intake.v1"), "{commands}");
        let resources = printed(&settings, TopicsFormat::Strimzi, "prod");
        assert_eq!(resources.matches("- resource:").count(), count, "{resources}");
        assert!(resources.contains("type: transactionalId, name: relevo.decide., patternType: prefix"), "{resources}");
        let rows = printed(&settings, TopicsFormat::Table, "").lines().count();
        assert!(rows >= count, "a row for each");
    }
}
