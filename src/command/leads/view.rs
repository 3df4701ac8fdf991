//! The page of open leads: who keeps buyers waiting, at first sight; then each lead, the longest untouched first.

use std::collections::BTreeMap;

use super::list::{OpenLead, OpenLeads};
use crate::command::terminal::{self, Paint, count, span};
use crate::contract::Timestamp;
use crate::contract::follow_up::Standing;
use crate::contract::time::MINUTE_MS;

/// What a lead that is nobody's is with.
const QUEUE: &str = "(queue)";
/// Older than this the state is of another time than the reader's.
const FRESH_MS: i64 = MINUTE_MS;

/// What is counted of a team and seller.
#[derive(Clone, Copy, Default)]
struct Figures {
    standing: [u64; Standing::ALL.len()],
    oldest: Option<Timestamp>,
}

/// The page.
pub fn page(chosen: &[&OpenLead], leads: &OpenLeads, limit: usize, now: Timestamp, paint: Paint) -> Vec<String> {
    let mut lines = vec![headline(chosen, now, paint)];
    if !chosen.is_empty() {
        lines.push(String::new());
        lines.extend(sellers(chosen, now));
        lines.push(String::new());
        lines.extend(each(&chosen[..chosen.len().min(limit)], now));
        if chosen.len() > limit {
            lines.push(format!("The first {limit} of {}; `--limit` shows more.", chosen.len()));
        }
    }
    lines.push(String::new());
    lines.extend(freshness(leads, now, paint));
    lines
}

/// Who keeps buyers waiting, in a sentence.
fn headline(chosen: &[&OpenLead], now: Timestamp, paint: Paint) -> String {
    let untouched: Vec<&&OpenLead> = chosen.iter().filter(|lead| lead.is_untouched()).collect();
    let Some(longest) = untouched.first() else {
        return paint.good(&format!("Nobody waits for a first call; {}.", count(chosen.len() as u64, "open lead")));
    };
    let whose = longest
        .seller
        .as_deref()
        .map_or_else(|| format!("in the queue of {}", longest.team), |seller| format!("with {seller} of {}", longest.team));
    let waits = if untouched.len() == 1 { "waits" } else { "wait" };
    let text = format!(
        "{} {waits} for a first call. The longest, {}, for {}: it is {whose}.",
        count(untouched.len() as u64, "buyer"),
        longest.account_key,
        age(longest.since, now),
    );
    paint.bad(&text)
}

/// By team and seller, the longest wait first.
fn sellers(chosen: &[&OpenLead], now: Timestamp) -> Vec<String> {
    let mut all = BTreeMap::<(&str, &str), Figures>::new();
    for lead in chosen {
        let figures = all.entry((&lead.team, lead.seller.as_deref().unwrap_or(QUEUE))).or_default();
        figures.standing[lead.standing as usize] += 1;
        if lead.is_untouched() {
            figures.oldest = Some(figures.oldest.map_or(lead.since, |oldest| oldest.min(lead.since)));
        }
    }
    let mut rows: Vec<_> = all.into_iter().collect();
    rows.sort_by_key(|(who, figures)| (figures.oldest.is_none(), figures.oldest, *who));
    let mut table = terminal::table(["TEAM", "SELLER", "LONGEST WAIT", "WAITING", "OVERDUE", "WORKING", "SCHEDULED", "SILENT"]);
    for ((team, seller), figures) in rows {
        let of = |standing: Standing| figures.standing[standing as usize];
        let waiting = of(Standing::Waiting) + of(Standing::Assigning);
        let counts = [waiting, of(Standing::Overdue), of(Standing::Working), of(Standing::Scheduled), of(Standing::Silent)];
        let oldest = figures.oldest.map_or_else(|| "-".to_owned(), |oldest| age(oldest, now));
        let cells = [team.to_owned(), seller.to_owned(), oldest].into_iter().chain(counts.map(dash));
        table.add_row(cells);
    }
    terminal::lines(&table).collect()
}

fn each(leads: &[&OpenLead], now: Timestamp) -> Vec<String> {
    let mut table = terminal::table(["LEAD", "ACCOUNT", "OFFERING", "TEAM", "SELLER", "STANDING", "AGE", "PROMISE", "LAST TOUCH"]);
    for lead in leads {
        let last_touch = lead.last_touch_at.map_or_else(|| "never".to_owned(), |at| format!("{} ago", age(at, now)));
        table.add_row([
            lead.lead_id.as_str(),
            &lead.account_key,
            &lead.offering,
            &lead.team,
            lead.seller.as_deref().unwrap_or(QUEUE),
            lead.standing.as_str(),
            &age(lead.since, now),
            &promise(lead, now),
            &last_touch,
        ]);
    }
    terminal::lines(&table).collect()
}

/// How the promise of an untouched lead stands.
fn promise(lead: &OpenLead, now: Timestamp) -> String {
    match lead.respond_by.filter(|_| lead.is_untouched()) {
        None => "-".to_owned(),
        Some(by) if by < now => format!("late by {}", span(now.since_ms(by) / 1_000)),
        Some(by) => format!("{} left", span(by.since_ms(now) / 1_000)),
    }
}

/// Of which moment this is: what was folded later is not in it.
fn freshness(leads: &OpenLeads, now: Timestamp, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    match leads.as_of() {
        None => lines.push(paint.warning("The service has not folded anything yet.")),
        Some(at) if now.since_ms(at) > FRESH_MS => lines.push(paint.warning(&format!(
            "As of {at}, {} ago: the service has folded nothing since, so what sales did since is not in it.",
            age(at, now)
        ))),
        Some(at) => lines.push(format!("As of {at}.")),
    }
    if leads.untold > 0 && leads.as_of().is_some() {
        lines.push(paint.warning(&format!("{} of the log without a record yet.", count(leads.untold.into(), "partition"))));
    }
    lines
}

/// Where one lead stands.
pub fn standing(found: Option<Result<&OpenLead, Option<&str>>>, id: &str, now: Timestamp) -> Vec<String> {
    match found {
        None => vec![format!("{id} is not among the open leads; the state forgets those that ended, after their cooldown.")],
        Some(Err(ended)) => vec![format!("{id} has ended: {}.", ended.unwrap_or("closed").replace('_', " "))],
        Some(Ok(lead)) => {
            let whose =
                lead.seller.as_deref().map_or_else(|| format!("the queue of {}", lead.team), |seller| format!("{seller} of {}", lead.team));
            let mut text = vec![format!("{id} is {}, with {whose}: {} wants {}.", lead.standing, lead.account_key, lead.offering)];
            let waits = if lead.is_untouched() { "Nobody has called" } else { "Open" };
            text.push(format!("{waits} for {} ({}).", age(lead.since, now), lead.since));
            if lead.is_untouched() && lead.respond_by.is_some() {
                text.push(format!("The promise: {}.", promise(lead, now)));
            }
            if let Some(at) = lead.next_step_at {
                text.push(format!("The next step is agreed for {at}."));
            }
            if let Some(at) = lead.next_due_at {
                text.push(format!("Something is due next at {at}."));
            }
            text
        }
    }
}

fn age(since: Timestamp, now: Timestamp) -> String {
    span(now.since_ms(since) / 1_000)
}

fn dash(count: u64) -> String {
    if count == 0 { "-".to_owned() } else { count.to_string() }
}

#[cfg(test)]
mod tests {
    use super::super::list::Wish;
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(&format!("2026-11-0{text}:00Z")).expect("a time")
    }

    fn lead(id: &str, seller: Option<&str>, standing: Standing, since: &str) -> OpenLead {
        OpenLead {
            lead_id: id.to_owned(),
            account_key: format!("{}.example", id.to_lowercase()),
            offering: "crm-suite".to_owned(),
            team: "mid".to_owned(),
            seller: seller.map(str::to_owned),
            standing,
            since: at(since),
            respond_by: Some(at(since).plus_ms(30 * MINUTE_MS)),
            last_touch_at: (!matches!(standing, Standing::Waiting | Standing::Overdue)).then(|| at(since)),
            next_step_at: None,
            next_due_at: None,
        }
    }

    fn some() -> OpenLeads {
        let leads = vec![
            lead("L-A", Some("eva"), Standing::Working, "1T09:00"),
            lead("L-B", Some("luis"), Standing::Waiting, "3T11:50"),
            lead("L-C", Some("luis"), Standing::Overdue, "2T12:00"),
            lead("L-D", None, Standing::Overdue, "3T10:00"),
        ];
        OpenLeads::made(leads, at("3T12:00"))
    }

    fn shown(wish: &Wish, limit: usize, now: Timestamp) -> String {
        let leads = some();
        page(&leads.chosen(wish), &leads, limit, now, Paint::plain()).join("\n")
    }

    #[test]
    fn fu_2_the_page_begins_with_who_keeps_buyers_waiting() {
        let text = shown(&Wish::default(), 50, at("3T12:00"));
        assert!(text.starts_with("3 buyers wait for a first call. The longest, l-c.example, for 1d 0h: it is with luis of mid."), "{text}");
        let order: Vec<usize> = ["L-C ", "L-D ", "L-B ", "L-A "].iter().map(|id| text.find(id).expect("it is listed")).collect();
        assert!(order.is_sorted(), "the longest untouched first, then the others:\n{text}");
        let row =
            |name: &str| text.lines().find(|line| line.contains(name)).expect("a row").split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(row("luis   "), "mid luis 1d 0h 1 1 - - -");
        assert!(row("L-C ").ends_with("overdue 1d 0h late by 23h 30m never"), "{}", row("L-C "));
        assert!(row("L-B ").ends_with("waiting 10m 20m left never"), "{}", row("L-B "));
        assert!(text.ends_with("As of 2026-11-03T12:00:00.000Z."));
    }

    #[test]
    fn what_is_asked_for_is_shown_and_what_is_left_off_is_said() {
        let of = |wish: Wish| {
            let leads = some();
            leads.chosen(&wish).into_iter().map(|lead| lead.lead_id.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of(Wish { seller: Some("luis".into()), ..Wish::default() }), "L-C L-B");
        assert_eq!(of(Wish { seller: Some("-".into()), ..Wish::default() }), "L-D");
        assert_eq!(of(Wish { standing: vec![Standing::Overdue], ..Wish::default() }), "L-C L-D");
        assert_eq!(of(Wish { handed_off_before: Some(at("3T10:00")), ..Wish::default() }), "L-C L-A");
        assert_eq!(of(Wish { team: Some("big".into()), ..Wish::default() }), "");
        assert!(shown(&Wish::default(), 1, at("3T12:00")).contains("The first 1 of 4"));
        let nobody = shown(&Wish { standing: vec![Standing::Working], ..Wish::default() }, 50, at("3T12:00"));
        assert!(nobody.starts_with("Nobody waits for a first call; 1 open lead."), "{nobody}");
        // Old state is said to be old.
        assert!(shown(&Wish::default(), 50, at("3T13:00")).contains("1h 00m ago: the service has folded nothing since"));
    }

    #[test]
    fn programs_get_an_object_with_names_that_stay() {
        let leads = some();
        let first = serde_json::to_value(leads.chosen(&Wish::default())[0].shown(at("3T12:00"))).expect("JSON");
        let expected = serde_json::json!({
            "lead_id": "L-C", "account_key": "l-c.example", "offering": "crm-suite", "team": "mid", "seller": "luis", "standing": "overdue",
            "since": "2026-11-02T12:00:00.000Z", "respond_by": "2026-11-02T12:30:00.000Z", "last_touch_at": null, "next_step_at": null,
            "next_due_at": null, "age_seconds": 86_400, "untouched_seconds": 86_400,
        });
        assert_eq!(first, expected);
    }
}
