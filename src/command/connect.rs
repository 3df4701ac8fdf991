//! From arguments to settings, from settings to a cluster, and from a cluster's refusal to words.

use crate::cli::ConfigArguments;
use crate::config::{self, Problem, Problems, Settings, Sources};
use crate::contract::code;
use crate::kafka::admin::Admin;
use crate::kafka::{Connection, Error, trial};

/// The settings that the arguments name.
///
/// # Errors
/// Everything that is wrong with them.
pub fn settings(arguments: &ConfigArguments) -> Result<Settings, Problems> {
    config::load(&Sources { file: arguments.config.clone(), environment: None })
}

/// How the settings' cluster is reached.
pub fn connection(settings: &Settings) -> Connection {
    let properties = settings.kafka.client_properties();
    Connection::new(properties.into_iter().map(|(name, secret)| (name, secret.expose().to_owned())))
}

/// Whether the clients take their settings together; no broker is asked.
///
/// # Errors
/// They don't, in the client's words.
pub fn takes_settings(settings: &Settings) -> Result<(), Problem> {
    trial::settings(&connection(settings)).map_err(|error| refused_settings(&error))
}

/// Somebody who can ask the cluster about topics, once a broker has answered; and how many brokers there are.
///
/// # Errors
/// Settings that the client refuses, or no broker answers.
pub fn admin(settings: &Settings) -> Result<(Admin, usize), Problem> {
    let admin = Admin::new(&connection(settings)).map_err(|error| refused_settings(&error))?;
    let brokers = admin.brokers().map_err(|error| refused(settings, &error))?;
    Ok((admin, brokers))
}

/// How many partitions a topic has.
///
/// # Errors
/// The cluster does not answer, or the topic is not there for us.
pub fn partitions(settings: &Settings, topic: &str, setting: &str) -> Result<u32, Problem> {
    let (admin, _) = admin(settings)?;
    let state = admin.topic(topic).map_err(|error| refused(settings, &error))?;
    if state.partitions == 0 {
        let (kind, what) =
            if state.not_authorized { (code::ACCESS_DENIED, "may not be seen") } else { (code::TOPIC_MISSING, "does not exist") };
        return Err(Problem::new(kind, format!("topic `{topic}` {what}"), setting, "mend the setting, or see `relevo check`"));
    }
    Ok(state.partitions)
}

/// What a failed call to the cluster means.
pub fn refused(settings: &Settings, error: &Error) -> Problem {
    let place = format!("Kafka at {}", settings.kafka.bootstrap_servers.join(", "));
    if error.not_authorized {
        return Problem::new(
            code::ACCESS_DENIED,
            format!("the cluster does not allow {}: {}", error.what, error.reason),
            place,
            "ask whoever keeps the cluster's access rules; `relevo explain-code RLV-3017` lists what Relevo needs",
        );
    }
    Problem::new(
        code::KAFKA_UNREACHABLE,
        format!("Kafka gives no answer ({}): {}", error.what, error.reason),
        place,
        "check `kafka.bootstrap_servers`, the network, and `kafka.security_protocol`; `relevo explain-code RLV-3010` says more",
    )
}

/// The client does not take what it is to be made of.
pub fn refused_settings(error: &Error) -> Problem {
    Problem::new(
        code::CONFIG_BAD_VALUE,
        format!("the Kafka client refuses its settings: {}", error.reason),
        "`kafka`, and `kafka.extra` in it",
        "correct the setting that is named; librdkafka's documentation lists them all",
    )
}
