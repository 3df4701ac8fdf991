//! `relevo example`: an event to try a deployment with, dated so that it counts today.
//!
//! An event that is printed in a page is old news a week later; this one never is. It refuses to know a cluster: what it prints goes into Kafka's own
//! console producer, or wherever one likes.

use std::io::Write;

use jiff::{Span, Timestamp};
use serde_json::json;

use super::{Status, Usage};
use crate::cli::{Example, ExampleActivityArguments, ExampleInteractionArguments};
use crate::contract::LeadId;

/// A date to buy by: within the 90 days that a first rulebook asks for.
const BUYS_IN_DAYS: i64 = 45;

/// Prints the event as one line of JSON.
pub fn perform(example: &Example, out: &mut impl Write) -> anyhow::Result<Status> {
    let now = Timestamp::now();
    let event = match example {
        Example::Interaction(arguments) => interaction(arguments, now)?,
        Example::Activity(arguments) => activity(arguments, now)?,
    };
    writeln!(out, "{event}")?;
    Ok(Status::Well)
}

fn interaction(arguments: &ExampleInteractionArguments, now: Timestamp) -> anyhow::Result<serde_json::Value> {
    let ExampleInteractionArguments { offering, domain } = arguments;
    let buy_by = now.checked_add(Span::new().hours(24 * BUYS_IN_DAYS))?;
    let number = now.as_millisecond();
    Ok(json!({
        "interaction_id": format!("i-{number}"), "occurred_at": at(now), "kind": "demo_requested", "offering": offering,
        "campaign": { "id": "c-1" },
        "person": { "id": "p-1", "name": "Ana Ruiz", "email": format!("ana@{domain}") },
        "company": { "domain": domain, "employees": 230 },
        "declared": { "offering": offering, "authority": "decision_maker", "buy_by": buy_by.to_string()[..10] },
    }))
}

fn activity(arguments: &ExampleActivityArguments, now: Timestamp) -> anyhow::Result<serde_json::Value> {
    let ExampleActivityArguments { lead_id, actor } = arguments;
    if LeadId::parse(lead_id).is_none() {
        let what = "the lead's identifier is none of Relevo's: `L-` and 24 characters".to_owned();
        return Err(Usage { what, remedy: "take `lead_id` out of the lead's record, or of `relevo leads`".to_owned() }.into());
    }
    let call = format!("call-{}", now.as_millisecond());
    Ok(json!({
        "activity_id": call, "lead_id": lead_id, "occurred_at": at(now), "logged_at": at(now), "kind": "contacted",
        "actor": { "kind": "person", "id": actor }, "proof": { "channel": "phone", "ref": call },
    }))
}

/// With whole seconds.
fn at(now: Timestamp) -> String {
    Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}
