//! The plan of topics for other tools: commands of Kafka's own scripts, or Strimzi's `KafkaTopic` resources.
//!
//! Texts only; it asks no cluster.

use std::fmt::Write;

use super::plan::Wanted;
use crate::config::Settings;

/// As commands of `kafka-topics.sh`.
pub fn kafka_topics(settings: &Settings, wanted: &[Wanted], replication: Option<u32>) -> String {
    let servers = settings.kafka.bootstrap_servers.join(",");
    let mut text = String::from("# The topics that Relevo needs. One that exists is left as it is; `relevo check` says whether it fits.\n");
    if settings.kafka.security_protocol.as_str() != "plaintext" {
        text.push_str("# Add --command-config FILE with the properties of a client that may create topics.\n");
    }
    for topic in wanted {
        let plan = topic.plan(replication);
        let mut line = format!(
            "kafka-topics.sh --bootstrap-server {servers} --create --if-not-exists --topic {} --partitions {}",
            plan.name, plan.partitions
        );
        if let Some(copies) = plan.replication {
            let _ = write!(line, " --replication-factor {copies}"); // a text takes whatever is written
        }
        for (name, value) in &plan.settings {
            let _ = write!(line, " \\\n  --config {name}={value}");
        }
        let _ = write!(text, "\n# {}: {}\n{line}\n", topic.flow.word(), topic.what);
    }
    text
}

/// As Strimzi's resources for the cluster of this name. `v1` is what Strimzi reads from 0.49 on, and from 1.0 on alone.
pub fn strimzi(wanted: &[Wanted], replication: Option<u32>, cluster: &str) -> String {
    let mut text = String::from("# The topics that Relevo needs. `relevo check` says whether they fit.\n");
    for topic in wanted {
        let plan = topic.plan(replication);
        let name = resource_name(&plan.name);
        let _ = write!(
            text,
            "---\n# {}: {}\napiVersion: kafka.strimzi.io/v1\nkind: KafkaTopic\nmetadata:\n  name: {name}\n  labels:\n    strimzi.io/cluster: {cluster}\nspec:\n",
            topic.flow.word(),
            topic.what,
        );
        if name != plan.name {
            let _ = writeln!(text, "  topicName: {}", plan.name);
        }
        let _ = writeln!(text, "  partitions: {}", plan.partitions);
        if let Some(copies) = plan.replication {
            let _ = writeln!(text, "  replicas: {copies}");
        }
        if !plan.settings.is_empty() {
            text.push_str("  config:\n");
        }
        for (name, value) in &plan.settings {
            let _ = writeln!(text, "    {name}: {value}");
        }
    }
    text
}

/// The topic's name as Kubernetes takes names: lower case letters, digits, `-` and `.`, with a letter or digit at both ends.
pub(super) fn resource_name(topic: &str) -> String {
    let plain: String = topic.to_ascii_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    plain.trim_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::plan::wanted;
    use super::*;

    #[test]
    fn kubernetes_takes_the_names() {
        assert_eq!(resource_name("relevo.intake.v1"), "relevo.intake.v1");
        assert_eq!(resource_name("Relevo_Intake.V1_"), "relevo-intake.v1");
    }

    #[test]
    fn every_topic_is_in_both_forms_with_its_settings() {
        let mut settings = Settings::default();
        settings.topics.leads = "Sales_Leads".into();
        let wanted = wanted(&settings);
        let (commands, resources) = (kafka_topics(&settings, &wanted, Some(3)), strimzi(&wanted, Some(3), "prod"));
        for topic in &wanted {
            assert!(commands.contains(&format!("--topic {} --partitions 12 --replication-factor 3", topic.name)), "{commands}");
            for setting in &topic.settings {
                assert!(commands.contains(&format!("--config {}={}", setting.name, setting.value)), "{commands}");
                assert!(resources.contains(&format!("    {}: {}\n", setting.name, setting.value)), "{resources}");
            }
        }
        assert!(resources.contains("  name: sales-leads\n") && resources.contains("  topicName: Sales_Leads\n"), "{resources}");
        assert_eq!(resources.matches("strimzi.io/cluster: prod").count(), wanted.len());
    }
}
