//! Each part of a rulebook is changed once, and the change is told in these words.

use super::differences;
use crate::rulebook::compile;

const BASE: &str = include_str!("../../../tests/rulebook/base.yaml");
/// What the base has not, so that it can be changed.
const MORE: &[(&str, &str)] = &[
    (
        "revision: 1\n",
        "revision: 2\nprevious: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\nrequire_consent: false\n",
    ),
    (
        "      points: 60\n",
        "      points: 60\n      because: we serve them\n    - { id: uses-it, when: person.role_class == \"business_user\", points: 20 }\n",
    ),
    (
        "    when: company.domain == \"rival.example\"\n",
        "    when: company.domain == \"rival.example\"\n    because: they compete\n  - { id: student, when: person.role == \"student\" }\n",
    ),
    (
        "cooldown: { rejected: 90d } }",
        "reassign_after: 30m, escalate_after: 1h, touch_every: 2d, hoarding: { silent_for: 3d, take_back: true }, escalate_to: luis, cooldown: { rejected: 90d } }",
    ),
    (
        "    expect: { decision: not_qualified }\n",
        "    expect: { decision: not_qualified, reason: intent }\n  - name: another\n    given: [ { kind: tasting, offering: crm-suite, at: -2d } ]\n    expect: { decision: not_qualified }\n",
    ),
    ("  - id: rest\n", "  - { id: shops, when: offering == \"loyalty\", team: mid }\n  - id: rest\n"),
];

fn whole() -> String {
    MORE.iter().fold(BASE.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text.replacen(from, to, 1)
    })
}

/// Changes the whole rulebook; what is told, in order.
fn told(changes: &[(&str, &str)]) -> Vec<String> {
    let before = whole();
    let after = changes.iter().fold(before.clone(), |text, (from, to)| {
        assert!(text.contains(from), "`{from}` does not stand in\n{text}");
        text.replacen(from, to, 1)
    });
    let load = |text: &str| compile(text.as_bytes(), "a.yaml").unwrap_or_else(|found| panic!("{}", crate::rulebook::render(&found, text)));
    differences(&load(&before), &load(&after)).into_iter().map(|found| format!("{:?}: {}", found.part, found.words)).collect()
}

/// The key of the file that is changed, the change, what is told.
type Case = (&'static str, &'static str, &'static str, &'static [&'static str]);

const CASES: &[Case] = &[
    ("revision", "revision: 2", "revision: 3", &["Header: revision 3 instead of 2"]),
    (
        "previous",
        "previous: sha256:9f",
        "previous: sha256:8f",
        &[
            "Header: the digest of the revision before changes from sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 to sha256:8f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ],
    ),
    (
        "effective_from",
        "2026-12-01T06:00:00Z",
        "2026-12-02T06:00:00Z",
        &["Header: it takes force from 2 Dec 2026, 01:00 (America/New_York) instead of 1 Dec 2026, 01:00 (America/New_York)"],
    ),
    (
        "time_zone",
        "time_zone: America/New_York\nmax",
        "time_zone: America/Chicago\nmax",
        &["Header: the time zone of “today” changes from America/New_York to America/Chicago"],
    ),
    ("require_consent", "require_consent: false", "require_consent: true", &["Header: a lead now needs the person's consent"]),
    (
        "max_handoff_age",
        "max_handoff_age: 7d",
        "max_handoff_age: 36h",
        &["Header: the age from which an interaction is old news (`max_handoff_age`) falls from 7 days to 36 hours"],
    ),
    (
        "forget_after",
        "forget_after: 180d",
        "forget_after: 200d",
        &["Header: the age from which evidence counts no more (`forget_after`) rises from 180 days to 200 days"],
    ),
    (
        "forget_reached_after",
        "forget_after: 180d",
        "forget_after: 180d\nforget_reached_after: 60d",
        &[
            "Header: the time after which accounts that were only reached are forgotten (`forget_reached_after`) rises from 30 days to 60 days",
        ],
    ),
    (
        "forget_refusals_after",
        "forget_after: 180d",
        "forget_after: 180d\nforget_refusals_after: 1825d",
        &[
            "Header: the age from which a refusal to be contacted is forgotten (`forget_refusals_after`) falls from 3,650 days to 1,825 days",
        ],
    ),
    ("attributes", "uses_sap: bool", "uses_sap: string", &["Attributes: “uses_sap” changes from true or false to a text"]),
    ("attributes", "plants: int, ", "", &["Attributes: “plants” is removed"]),
    ("attributes", "plants: int", "plants: int, sites: int", &["Attributes: “sites” is added, a whole number"]),
    ("roles", "technology: [cio]", "technology: [cio, it_manager]", &["Roles: a it manager is now technology"]),
    (
        "roles",
        "[plant_manager, cfo]\n  technology: [cio]",
        "[plant_manager]\n  technology: [cio, cfo]",
        &["Roles: a cfo is technology instead of business user"],
    ),
    ("roles", "[plant_manager, cfo]", "[cfo]", &["Roles: a plant manager is no longer business user"]),
    ("evidence", "contact_requested: weak", "contact_requested: reach", &["Evidence: “contact requested” counts as reach evidence only"]),
    (
        "evidence",
        "contact_requested: weak",
        "quote_requested: weak",
        &[
            "Evidence: “contact requested” counts as what it is again, no longer as less",
            "Evidence: “quote requested” counts as weak evidence only",
        ],
    ),
    (
        "variables",
        "< 5000",
        "< 4000",
        &[
            "Fit: `mid-market` asks whether the company has at least 50 and fewer than 4,000 employees, instead of whether the company has at least 50 and fewer than 5,000 employees",
            "Variables: `mid_market` is short for `company.employees >= 50 && company.employees < 4000` instead of `company.employees >= 50 && company.employees < 5000`",
        ],
    ),
    ("fit", "threshold: 50", "threshold: 60", &["Fit: the threshold of fit rises from 50 to 60"]),
    ("fit", "points: 60\n", "points: 55\n", &["Fit: `mid-market` counts 55 instead of 60"]),
    (
        "fit",
        "because: we serve them",
        "because: they pay",
        &["Fit: the reason given for `mid-market` changes from “we serve them” to “they pay”"],
    ),
    ("fit", "id: uses-it", "id: users", &["Fit: `uses-it` is now called `users`"]),
    (
        "fit",
        "    - { id: uses-it, when: person.role_class == \"business_user\", points: 20 }\n",
        "",
        &["Fit: `uses-it` is removed: it gave 20 points if the person's role counts as business user"],
    ),
    (
        "fit",
        "    - id: mid-market\n",
        "    - { id: first, when: has(offering), points: 5 }\n    - id: mid-market\n",
        &["Fit: `first` is added: 5 points if the offering is known"],
    ),
    ("intent", "threshold: 60", "threshold: 40.5", &["Intent: the threshold of intent falls from 60 to 40.5"]),
    (
        "intent",
        "half_life: 14d",
        "half_life: 7d",
        &["Intent: the time in which points lose half their weight falls from 14 days to 7 days"],
    ),
    ("intent", "at_most: 80", "at_most: 120", &["Intent: the most that `asked-for-demo` gives altogether changes from 80 to 120"]),
    ("intent", "      at_most: 80\n", "", &["Intent: the most that `asked-for-demo` gives altogether is dropped; it was 80"]),
    (
        "intent",
        "== \"demo_requested\"",
        "== \"quote_requested\"",
        &[
            "Intent: `asked-for-demo` asks whether the person asked for a quote for the offering, instead of whether the person asked for a demo of the offering",
        ],
    ),
    (
        "gates",
        "represents_business: has(company.domain)",
        "represents_business: has(company.name)",
        &[
            "Gates: `represents_business` asks whether the company's name is known, instead of whether the company's internet domain is known",
        ],
    ),
    (
        "gates",
        "declared.budget_usd > 0",
        "declared.budget_usd > 10000",
        &[
            "Gates: `able_to_buy` asks whether the declared budget is more than 10,000 US dollars, instead of whether the declared budget is more than 0 US dollars",
        ],
    ),
    (
        "gates",
        "\"crm-suite\", \"analytics\"",
        "\"crm-suite\"",
        &["Gates: `wants_offering` asks whether the offering is crm-suite, instead of whether the offering is crm-suite or analytics"],
    ),
    (
        "gates",
        "declared.buy_by >= today",
        "declared.buy_by > today",
        &[
            "Gates: `buys_by` asks whether the declared date to buy by is after today, instead of whether the declared date to buy by is today or later",
        ],
    ),
    (
        "disqualify",
        "\"rival.example\"",
        "\"rivals.example\"",
        &[
            "Disqualifiers: `competitor` asks whether the company's internet domain is rivals.example, instead of whether the company's internet domain is rival.example",
        ],
    ),
    (
        "disqualify",
        "    because: they compete\n",
        "",
        &["Disqualifiers: the reason given for `competitor` is dropped; it was “they compete”"],
    ),
    ("disqualify", "id: student", "id: pupil", &["Disqualifiers: `student` is now called `pupil`"]),
    ("routes", "    team: enterprise", "    team: mid", &["Routes: `enterprise` leads to team mid instead of enterprise"]),
    (
        "routes",
        "employees >= 1000",
        "employees >= 2000",
        &[
            "Routes: `enterprise` asks whether the company has at least 2,000 employees, instead of whether the company has at least 1,000 employees",
        ],
    ),
    (
        "routes",
        "    also_to: sales.leads.enterprise.v1\n",
        "",
        &["Routes: the topic that `enterprise` copies leads to is dropped; it was sales.leads.enterprise.v1"],
    ),
    ("routes", "id: rest", "id: others", &["Routes: `rest` is now called `others`"]),
    (
        "teams",
        "respond_within: 15m",
        "respond_within: 20m",
        &["Teams: the time in which team mid answers a lead changes from 15 working minutes to 20 working minutes"],
    ),
    (
        "teams",
        ", escalate_to: luis",
        "",
        &[
            "Teams: whom leads of team enterprise are escalated to is dropped; it was luis",
            "Teams: whom leads of team mid are escalated to is dropped; it was luis",
        ],
    ),
    (
        "teams",
        "rejected: 90d",
        "rejected: 30d, lost: 180d",
        &[
            "Teams: the rest after a lead of team enterprise was lost is new: 180 days",
            "Teams: the rest after a lead of team enterprise was rejected changes from 90 days to 30 days",
            "Teams: the rest after a lead of team mid was lost is new: 180 days",
            "Teams: the rest after a lead of team mid was rejected changes from 90 days to 30 days",
        ],
    ),
    (
        "calendars",
        "15:00-18:00",
        "15:00-19:00",
        &[
            "Calendars: the hours of the calendar office are Monday to Friday 09:00–14:00 and 15:00–19:00, instead of Monday to Friday 09:00–14:00 and 15:00–18:00",
        ],
    ),
    (
        "calendars",
        "    time_zone: America/New_York",
        "    time_zone: America/Denver",
        &["Calendars: the time zone of the calendar office changes from America/New_York to America/Denver"],
    ),
    (
        "calendars",
        "[2026-12-25]",
        "[2027-01-01]",
        &[
            "Calendars: the calendar office is closed on 1 Jan 2027 as well",
            "Calendars: the calendar office is no longer closed on 25 Dec 2026",
        ],
    ),
    (
        "rejection_reasons",
        "[no_budget, not_now]",
        "[no_budget, bad_data]",
        &["RejectionReasons: “bad data” may be given as well", "RejectionReasons: “not now” may no longer be given"],
    ),
    ("rejection_reasons", "[no_budget, not_now]", "[not_now, no_budget]", &["RejectionReasons: the reasons stand in another order"]),
    ("examples", "name: another", "name: a tasting", &["Examples: “another” is now called “a tasting”"]),
    (
        "examples",
        "employees: 200",
        "employees: 2000",
        &[
            "Examples: “a demo” is given “Asked for a demo of crm-suite, acme.example, 2,000 employees, budget 5 US dollars, buys within 60 days” instead of “Asked for a demo of crm-suite, acme.example, 200 employees, budget 5 US dollars, buys within 60 days”",
        ],
    ),
    (
        "examples",
        "reason: intent",
        "reason: fit",
        &["Examples: “a demo” is to be no lead: too few points for who they are instead of no lead: too few points for what they did"],
    ),
];

#[test]
fn a_change_of_each_part_is_told_in_words() {
    for (key, from, to, expected) in CASES {
        assert_eq!(told(&[(from, to)]), *expected, "{key}: `{from}` becomes `{to}`");
    }
    let constants = ["api", "kind"];
    let untold: Vec<_> = crate::rulebook::draft::KEYS
        .iter()
        .filter(|key| !constants.contains(key) && !CASES.iter().any(|(told, ..)| told == *key))
        .collect();
    assert!(untold.is_empty(), "no change of these is tested: {untold:?}");
}

#[test]
fn what_no_activity_goes_beyond_is_told_by_the_clock() {
    for (term, expected) in [
        ("next_step_at_most: 60d", "Teams: how long after the last touch a next step may be agreed in team enterprise is new: 60 days"),
        ("recycled_at_most: 365d", "Teams: how long a recycled lead of team enterprise may stay away is new: 365 days"),
        ("expire_after: 200d", "Teams: the time after which a lead of team enterprise ends with which nothing happens is new: 200 days"),
    ] {
        let found = told(&[("touch_every: 2d", &format!("touch_every: 2d, {term}"))]);
        assert!(found.iter().any(|words| words == expected), "{found:?}");
    }
}

#[test]
fn each_term_of_a_team_is_told() {
    let terms =
        [("reassign_after: 30m", 30), ("escalate_after: 1h", 1), ("touch_every: 2d", 2), ("silent_for: 3d", 3), ("respond_within: 5m", 5)];
    for (term, count) in terms {
        let found = told(&[(term, &term.replace(&count.to_string(), "7"))]);
        assert!(
            !found.is_empty() && found.iter().all(|words| words.starts_with("Teams: ") && words.contains(" to 7 working ")),
            "{found:?}"
        );
    }
    let found = told(&[
        ("mid: { calendar: office, ", "mid: { "),
        ("calendars:\n", "calendars:\n  unused: { time_zone: UTC, hours: { sat: [\"22:00-06:00\"] } }\n"),
    ]);
    assert_eq!(
        found,
        [
            "Teams: the calendar of team enterprise is dropped; it was office",
            "Teams: the calendar of team mid is dropped; it was office",
            "Calendars: the calendar unused is added: Saturday 22:00–06:00 of the next day (UTC)",
        ]
    );
}

#[test]
fn what_only_looks_different_is_no_difference() {
    assert!(told(&[]).is_empty());
    assert!(told(&[("company.employees >= 1000", "company.employees>=1000   # large")]).is_empty());
    assert!(told(&[("revision: 2\n", "# a comment\nrevision: 2\n")]).is_empty());
    let spaces_in_a_text = told(&[
        ("\"crm-suite\"", "\"crm suite\""),
        ("{ offering: crm-suite, budget", "{ offering: crm suite, budget"),
        ("tasting, offering: crm-suite", "tasting, offering: crm suite"),
    ]);
    assert_eq!(spaces_in_a_text.len(), 3, "{spaces_in_a_text:#?}");
    let rewritten = told(&[("has(company.domain)", "(has(company.domain))")]);
    assert_eq!(rewritten, ["Gates: `represents_business` is written `(has(company.domain))` instead of `has(company.domain)`"]);
}

#[test]
fn what_moves_is_told_as_moved() {
    let enterprise =
        "  - id: enterprise\n    when: company.employees >= 1000\n    team: enterprise\n    also_to: sales.leads.enterprise.v1\n";
    let shops = "  - { id: shops, when: offering == \"loyalty\", team: mid }\n";
    let found = told(&[(&format!("{enterprise}{shops}"), &format!("{shops}{enterprise}"))]);
    assert_eq!(found, ["Routes: `enterprise` is asked in place 2 instead of 1: the first that fits gets the lead"]);
    let uses_it = "    - { id: uses-it, when: person.role_class == \"business_user\", points: 20 }\n";
    let found = told(&[(uses_it, ""), ("  half_life: 14d\n  criteria:\n", &format!("  half_life: 14d\n  criteria:\n{uses_it}"))]);
    assert_eq!(found, ["Intent: `uses-it` counts for intent instead of fit"]);
}

#[test]
fn long_texts_are_told_where_they_differ() {
    let long = |last: &str| format!("{} {last} {}", "word ".repeat(60), "end ".repeat(60));
    let (before, after) = super::told::shortened(&long("here"), &long("there"));
    assert!(before.contains("here") && after.contains("there") && before.chars().count() < 120 && before != after, "{before} / {after}");
}
