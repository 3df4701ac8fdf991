//! The intake log's records: what Intake writes and Decide folds, one kind after another.
//!
//! Events from outside keep their original bytes and are parsed again by the fold, with the very functions that admitted
//! them. Relevo's own records (watermarks, laws) are small JSON documents defined here. This file refuses to know Kafka.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::account::AccountUpdated;
use super::account_key::{AccountKey, FreeMail};
use super::activity::Activity;
use super::assignment::{AssignRequested, Assigned, LoadChanged, WaitEnded};
use super::code::{BAD_ENVELOPE, BAD_KEY, LOG_NEWER, Refusal, UNKNOWN_TYPE, from_json};
use super::envelope::{data_of, is_structured};
use super::headers::{CE_SOURCE, CE_TYPE, CONTENT_TYPE, Headers, RELEVO_SOURCE, TRACEPARENT};
use super::interaction::Interaction;
use super::lead_id::LeadId;
use super::time::Timestamp;

/// `ce_type` of an interaction, in and on the log.
pub const INTERACTION: &str = "relevo.interaction.recorded.v1";
/// `ce_type` of an account update, in and on the log.
pub const ACCOUNT: &str = "relevo.account.updated.v1";
/// `ce_type` of what sales did with a lead, in and on the log.
pub const ACTIVITY: &str = "relevo.activity.recorded.v1";
/// `ce_type` of a feed's sign of life; it is read, and not written to the log.
pub const HEARTBEAT: &str = "relevo.feed.heartbeat.v1";
/// What the types of Relevo's own records begin with; the rest of the log is events from outside.
const OWN: &str = "relevo.log.";
/// `ce_type` on the log: which domains an account has now; to every partition.
pub const ACCOUNT_DOMAINS: &str = "relevo.log.account_domains.v1";
/// `ce_type` on the log: an account's facts are to be forgotten; to every partition.
pub const ACCOUNT_FORGOTTEN: &str = "relevo.log.account_forgotten.v1";
/// `ce_type` on the log: time has passed.
pub const WATERMARK: &str = "relevo.log.watermark.v1";
/// `ce_type` on the log: a rulebook asks to become law; to partition 0.
pub const POLICY_OFFERED: &str = "relevo.log.policy_offered.v1";
/// `ce_type` on the log: a rulebook is law; to every partition.
pub const POLICY_IN_FORCE: &str = "relevo.log.policy_in_force.v1";
/// `ce_type` on the log: a roster asks to take force; to partition 0.
pub const ROSTER_OFFERED: &str = "relevo.log.roster_offered.v1";
/// `ce_type` on the log: a roster is in force; to every partition.
pub const ROSTER_IN_FORCE: &str = "relevo.log.roster_in_force.v1";
/// `ce_type` on the log: a lead asks its team for a seller; to the team's partition.
pub const ASSIGN_REQUESTED: &str = "relevo.log.assign_requested.v1";
/// `ce_type` on the log: a team's answer; to the account's partition.
pub const ASSIGNED: &str = "relevo.log.assigned.v1";
/// `ce_type` on the log: a seller has a lead more, or less; to the team's partition.
pub const LOAD_CHANGED: &str = "relevo.log.load_changed.v1";
/// `ce_type` on the log: a lead no longer waits for a seller; to the team's partition.
pub const WAIT_ENDED: &str = "relevo.log.wait_ended.v1";
/// `ce_type` on the log: a lead under another domain of the CRM's account; to the account of a domain.
pub const SIBLING_LEAD: &str = "relevo.log.sibling_lead.v1";
/// `ce_type` on the log: more was due than one record may do.
pub const CONTINUE: &str = "relevo.log.continue.v1";
/// The types of the records that Decide writes to the log, which it folds itself: Intake and its inputs make no other of them.
pub const OF_DECIDE: [&str; 8] =
    [POLICY_IN_FORCE, ROSTER_IN_FORCE, ASSIGN_REQUESTED, ASSIGNED, LOAD_CHANGED, WAIT_ENDED, SIBLING_LEAD, CONTINUE];

/// Keys of the state's own rows begin so.
const OWN_KEYS: &str = "relevo:";
/// Keys of teams begin so.
const TEAM_KEYS: &str = "team:";

/// Which domains an account has, so that a domain that was dropped loses its facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountDomains {
    /// The CRM's identifier.
    pub id: CompactString,
    /// The update's version.
    pub version: u64,
    /// Registrable domains; empty: the facts are at `company:<id>`.
    pub domains: Vec<CompactString>,
}

/// Which account's facts are to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountForgotten {
    /// The CRM's identifier.
    pub id: CompactString,
}

/// A lead under one domain of an account of the CRM, for the accounts of its other domains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiblingLead {
    /// The CRM's identifier: a domain that is another account's by now has no part in it.
    pub crm_id: CompactString,
    /// Whose lead it is.
    pub account_key: AccountKey,
    /// Which lead.
    pub lead_id: LeadId,
    /// For what.
    pub offering: CompactString,
    /// Whether it is open.
    pub open: bool,
}

/// How far each source of activities has been read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watermark {
    /// Source partition (`topic-partition`, or `none` where no feed is configured) → everything up to here is on the log.
    pub as_of: BTreeMap<CompactString, Timestamp>,
    /// How many sources there are altogether; the clock waits for all of them.
    pub sources: u32,
}

/// A rulebook or a roster that asks to take force: its exact bytes as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offered {
    /// The file.
    pub file: String,
    /// The armoured signatures, one after another; empty: unsigned.
    pub signatures: String,
    /// Whether the process that offers it was started with `--allow-unsigned`.
    pub unsigned_allowed: bool,
    /// Where it is in force already: the partitions that were seen without it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lacked_by: Vec<u32>,
}

/// A rulebook or a roster that is in force, as partition 0 judged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InForce {
    /// The file.
    pub file: String,
    /// `sha256:` and the hash of the file.
    pub digest: CompactString,
    /// The revision's number.
    pub revision: u32,
    /// The armoured signatures by which it was judged; empty: unsigned.
    pub signatures: String,
    /// Who signed; empty: nobody, by `--allow-unsigned`.
    pub signed_by: Vec<CompactString>,
    /// The digest of the charter that it was judged by; empty where nobody signed.
    pub charter: CompactString,
}

impl InForce {
    /// Whether nobody signed it.
    pub fn is_unsigned(&self) -> bool {
        self.signed_by.is_empty()
    }
}

/// What the fold folds.
#[derive(Clone, Debug, PartialEq)]
pub enum Record<'a> {
    /// Somebody did something. With the event's `ce_source`, which makes its identifier unique.
    Interaction(CompactString, Box<Interaction<'a>>),
    /// The CRM's facts of the account whose key the record bears.
    AccountFacts(Box<AccountUpdated<'a>>),
    /// Sales did something with a lead.
    Activity(Box<Activity<'a>>),
    /// Which domains an account has now.
    AccountDomains(AccountDomains),
    /// An account's facts are to be forgotten: the CRM's identifier.
    AccountForgotten(CompactString),
    /// Time has passed.
    Watermark(Watermark),
    /// A rulebook asks to become law.
    PolicyOffered(Offered),
    /// A rulebook is law.
    PolicyInForce(InForce),
    /// A roster asks to take force.
    RosterOffered(Offered),
    /// A roster is in force.
    RosterInForce(InForce),
    /// A lead asks its team for a seller.
    AssignRequested(AssignRequested),
    /// A team's answer.
    Assigned(Assigned),
    /// A seller has a lead more, or less.
    LoadChanged(LoadChanged),
    /// A lead no longer waits for a seller of its team.
    WaitEnded(WaitEnded),
    /// Another domain of the CRM's account has a lead, or has it no longer.
    SiblingLead(SiblingLead),
    /// More is due than one record did.
    Continue,
}

/// The headers of a record of the log, found in one pass; each as it stands there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogHeaders<'a> {
    ce_type: Option<&'a [u8]>,
    source: Option<&'a [u8]>,
    content_type: Option<&'a [u8]>,
    /// The record that Intake read: topic-partition-offset.
    pub relevo_source: Option<&'a [u8]>,
    /// The trace that the record belongs to.
    pub traceparent: Option<&'a [u8]>,
}

impl<'h> LogHeaders<'h> {
    /// Finds them. Of a name that stands there more than once the last counts.
    pub fn read<H: Headers + ?Sized>(headers: &'h H) -> Self {
        let mut found = Self::default();
        for (name, value) in headers.each() {
            match name {
                CE_TYPE => found.ce_type = value,
                CE_SOURCE => found.source = value,
                CONTENT_TYPE => found.content_type = value,
                RELEVO_SOURCE => found.relevo_source = value,
                TRACEPARENT => found.traceparent = value,
                _ => {}
            }
        }
        found
    }
}

/// Reads a record of the log: what Decide folds.
///
/// Events from outside are parsed by the same functions that admitted them; the account that an interaction or facts belong to
/// is in the record's key ([`account_of`]), as Intake computed it.
///
/// # Errors
/// A [`Refusal`] where the record can't have been written by Intake or Decide: it becomes a dead letter.
pub fn parse<'a, H: Headers + ?Sized>(headers: &H, value: &'a [u8], free_mail: &FreeMail) -> Result<Record<'a>, Refusal> {
    parse_with(LogHeaders::read(headers), value, free_mail)
}

/// As [`parse`], with headers that were found before.
///
/// # Errors
/// As [`parse`].
pub fn parse_with<'a>(headers: LogHeaders<'_>, value: &'a [u8], free_mail: &FreeMail) -> Result<Record<'a>, Refusal> {
    let LogHeaders { ce_type, source, content_type, .. } = headers;
    let structured = is_structured(content_type);
    let text = |name: &str, bytes: Option<&[u8]>| -> Result<CompactString, Refusal> {
        let bytes = bytes.ok_or_else(|| Refusal::new(BAD_ENVELOPE, format!("header `{name}` is missing")))?;
        CompactString::from_utf8(bytes).map_err(|_| Refusal::new(BAD_ENVELOPE, format!("header `{name}` is not UTF-8")))
    };
    match text(CE_TYPE, ce_type)?.as_str() {
        INTERACTION => {
            let interaction = Interaction::parse(data_of(value, structured)?).map_err(|refusal| refusal.inside(structured))?;
            Ok(Record::Interaction(text(CE_SOURCE, source)?, Box::new(interaction)))
        }
        ACCOUNT => {
            let update = AccountUpdated::parse(data_of(value, structured)?, free_mail);
            Ok(Record::AccountFacts(Box::new(update.map_err(|refusal| refusal.inside(structured))?)))
        }
        ACTIVITY => {
            let activity = Activity::parse(data_of(value, structured)?).map_err(|refusal| refusal.inside(structured))?;
            Ok(Record::Activity(Box::new(activity)))
        }
        ACCOUNT_DOMAINS => own(value).map(Record::AccountDomains),
        ACCOUNT_FORGOTTEN => own(value).map(|AccountForgotten { id }| Record::AccountForgotten(id)),
        WATERMARK => own(value).map(Record::Watermark),
        POLICY_OFFERED => own(value).map(Record::PolicyOffered),
        POLICY_IN_FORCE => own(value).map(Record::PolicyInForce),
        ROSTER_OFFERED => own(value).map(Record::RosterOffered),
        ROSTER_IN_FORCE => own(value).map(Record::RosterInForce),
        ASSIGN_REQUESTED => own(value).map(Record::AssignRequested),
        ASSIGNED => own(value).map(Record::Assigned),
        LOAD_CHANGED => own(value).map(Record::LoadChanged),
        WAIT_ENDED => own(value).map(Record::WaitEnded),
        SIBLING_LEAD => own(value).map(Record::SiblingLead),
        CONTINUE => Ok(Record::Continue),
        unknown if unknown.starts_with(OWN) => {
            Err(Refusal::new(LOG_NEWER, "it is a record of Relevo's own, of a type that this version does not know"))
        }
        _ => Err(Refusal::new(UNKNOWN_TYPE, "`ce_type` is none of the log's")),
    }
}

/// Reads one of Relevo's own records. Fields and cases that this version does not know were written by a newer one: what it says is not
/// understood in part.
fn own<T: serde::de::DeserializeOwned>(value: &[u8]) -> Result<T, Refusal> {
    match serde_json::from_slice(value) {
        Err(error) if ["unknown field", "unknown variant"].iter().any(|unknown| error.to_string().starts_with(unknown)) => {
            Err(Refusal::new(LOG_NEWER, "it is a record of Relevo's own, with a field or a case that this version does not know"))
        }
        Err(_) => from_json(value),
        Ok(record) => Ok(record),
    }
}

/// The account that a record of the log belongs to: its key.
///
/// # Errors
/// [`BAD_KEY`] where there is none, or where it is that of something else: an account's row must not stand in the place of the state's own.
pub fn account_of(key: Option<&[u8]>, record: &Record<'_>) -> Result<AccountKey, Refusal> {
    let of_account = matches!(record, Record::Interaction(..) | Record::AccountFacts(_) | Record::Assigned(_) | Record::SiblingLead(_));
    let is_own = |text: &str| of_account && (text.starts_with(OWN_KEYS) || text.starts_with(TEAM_KEYS));
    match key.map(str::from_utf8) {
        Some(Ok(text)) if !text.is_empty() && !is_own(text) => Ok(AccountKey::from_trusted(text)),
        _ => Err(Refusal::new(BAD_KEY, "the log's record has no key that is an account's")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::code::Code;

    #[test]
    fn txn_4_what_is_none_of_the_logs_own_is_refused_and_never_passed_over() {
        let check = |headers: &[(&str, &[u8])], code: &'static Code| {
            let refusal = parse(headers, b"{}", &FreeMail::default()).expect_err(code.name);
            assert_eq!(refusal.code, code, "{refusal}");
        };
        check(&[], BAD_ENVELOPE);
        check(&[(CE_TYPE, b"\xff")], BAD_ENVELOPE);
        for foreign in ["relevo.log", "Relevo.log.continue.v1", "relevo.interaction.recorded.v2", "", "com.example.log.v1"] {
            check(&[(CE_TYPE, foreign.as_bytes())], UNKNOWN_TYPE);
        }
        assert_eq!(parse([(CE_TYPE, CONTINUE.as_bytes())].as_slice(), b"{}", &FreeMail::default()), Ok(Record::Continue));
        let interaction = br#"{"interaction_id":"i","occurred_at":"2026-11-01T00:00:00Z","kind":"demo_requested","campaign":{"id":"c"},"person":{"id":"p"}}"#;
        let interaction = Record::Interaction("web".into(), Box::new(Interaction::parse(interaction).expect("an interaction")));
        let keys: [(Option<&[u8]>, [bool; 2]); 8] = [
            (None, [false, false]),
            (Some(b""), [false, false]),
            (Some(b"\xff"), [false, false]),
            (Some(b"acme.example"), [true, true]),
            // The next restore would take such an account for the rulebook in force, and halt.
            (Some(b"relevo:law"), [false, true]),
            (Some(b"relevo:position"), [false, true]),
            (Some(b"relevo.example"), [true, true]),
            (Some(b"team:mid"), [false, true]),
        ];
        for (key, known) in keys {
            assert_eq!([&interaction, &Record::Continue].map(|record| account_of(key, record).is_ok()), known, "{key:?}");
        }
    }

    /// A regression: a pod of the older version made dead letters of what a newer one had written, and went on without it.
    #[test]
    fn txn_3_what_a_newer_version_wrote_is_never_passed_over() {
        let check = |ce_type: &str, value: &str, newer: bool| {
            let read = parse([(CE_TYPE, ce_type.as_bytes())].as_slice(), value.as_bytes(), &FreeMail::default());
            assert_eq!(read.as_ref().err().is_some_and(|refusal| refusal.code == LOG_NEWER), newer, "{ce_type} {value}: {read:?}");
        };
        for ce_type in ["relevo.log.watermark.v2", "relevo.log.continue.v1 ", "relevo.log.future.v1", "relevo.log."] {
            check(ce_type, "{}", true);
        }
        check(WATERMARK, r#"{"as_of":{},"sources":1}"#, false);
        check(WATERMARK, r#"{"as_of":{},"sources":1,"region":"eu"}"#, true);
        check(ACCOUNT_FORGOTTEN, r#"{"id":"001"}"#, false);
        check(ACCOUNT_FORGOTTEN, r#"{"id":"001","until":"2027-01-01"}"#, true);
        check(ACCOUNT_DOMAINS, r#"{"id":"001","version":1,"domains":[],"kind":"x"}"#, true);
        // What is broken is not new.
        for broken in ["", "{", r#"{"as_of":{}}"#, r#"{"as_of":7,"sources":1}"#] {
            check(WATERMARK, broken, false);
        }
    }
}
