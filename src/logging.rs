//! What the process says while it runs: JSON for machines, or lines for people, on standard error.
//!
//! Spans are per batch, never per record. No event bears a name, an e-mail, a phone number or free text (PII-1): a record is
//! named by topic, partition and offset. This file refuses to know what is worth saying; it sets up how.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use crate::config::settings::{Log, LogFormat};

mod wall;

pub use wall::Wall;

/// Sets the process's log up, once.
///
/// # Errors
/// A filter that can't be understood.
pub fn start(log: &Log) -> Result<(), ParseError> {
    let filter = filter(&log.filter)?;
    let colour = io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    // Brokers' and files' own words are among the fields.
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(move || Wall::new(io::stderr(), colour));
    // A second start changes nothing: the first one's settings stay.
    let _ = match log.format {
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).with_span_list(true).try_init(),
        LogFormat::Human => builder.with_ansi(colour).try_init(),
    };
    Ok(())
}

/// The filter of this text. Libraries below Relevo (HTTP, TLS) are held at `info`, whatever the level: what they trace is for
/// those who work on them, and bears headers and addresses.
///
/// # Errors
/// A text that is no filter.
pub fn filter(text: &str) -> Result<EnvFilter, ParseError> {
    let mut filter = EnvFilter::try_new(text)?;
    for library in ["hyper", "axum", "tokio", "mio", "tower", "rustls", "h2"] {
        if !text.contains(library) {
            filter = filter.add_directive(format!("{library}=info").parse()?);
        }
    }
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_a_level_or_levels_by_module() {
        for (text, good) in [("info", true), ("relevo::pipeline=debug,info", true), ("trace", true), ("relevo=loud", false), ("=", false)] {
            assert_eq!(filter(text).is_ok(), good, "{text}");
        }
        assert!(filter("trace").is_ok_and(|filter| filter.to_string().contains("hyper=info")));
        assert!(filter("hyper=debug").is_ok_and(|filter| !filter.to_string().contains("hyper=info")));
    }
}
