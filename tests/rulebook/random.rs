//! Expressions and subjects at random, from a seed: the same run every time.

use relevo::contract::Date;
use relevo::rulebook::{BoolField, CountField, DateField, NumberField, TextField};

use crate::mutated::Random;
use crate::table::{ATTRIBUTES, Known, Table};

const NAMES: [&str; 3] = ["attended", "demo_requested", "tasting"];
const DATES: [&str; 3] = ["2026-12-01", "2026-12-15", "2027-03-01"];

/// Values that the field can have; few, so that comparisons meet.
fn texts(path: &str) -> &'static [&'static str] {
    match path {
        "interaction.kind" => &NAMES,
        "interaction.class" => &["reach", "weak", "intent"],
        "person.role_class" => &["business_user", "technology"],
        "company.domain" => &["acme.example", "rival.example"],
        _ => &["a", "ab", "añb", "b c"],
    }
}

/// A subject of whom about two thirds are known.
pub fn table(random: &mut Random) -> Table {
    let mut table = Table::default();
    // What the engine always knows is known here too.
    const ALWAYS: [&str; 6] = ["interaction.kind", "interaction.class", "campaign.id", "person.id", "account.people_seen", "today"];
    let mut put = |random: &mut Random, path: &str, value: Known| {
        if random.below(3) > 0 || ALWAYS.contains(&path) {
            table.0.insert(path.to_owned(), value);
        }
    };
    for field in TextField::ALL {
        let text = *random.pick(texts(field.path()));
        put(random, field.path(), Known::Text(text.to_owned()));
    }
    for field in NumberField::ALL {
        let number = random.below(9) as f64;
        put(random, field.path(), Known::Number(number));
    }
    for field in BoolField::ALL {
        let truth = random.below(2) == 0;
        put(random, field.path(), Known::Truth(truth));
    }
    for field in DateField::ALL {
        let date = *random.pick(&DATES);
        let date = Date::parse(date).expect("a date");
        put(random, field.path(), Known::Date(date));
    }
    for field in CountField::ALL {
        for name in NAMES {
            let count = random.below(4) as f64;
            put(random, &format!("{}/{name}", field.path()), Known::Number(count));
        }
    }
    let [plants, uses_sap, score, tier] = ATTRIBUTES;
    let number = random.below(9) as f64;
    put(random, plants, Known::Number(number));
    put(random, uses_sap, Known::Truth(number > 4.0));
    put(random, score, Known::Number(number / 4.0));
    let text = *random.pick(texts(tier));
    put(random, tier, Known::Text(text.to_owned()));
    table
}

/// An expression that is true, false or unknown.
pub fn truth(random: &mut Random, depth: usize) -> String {
    if depth == 0 {
        return match random.below(4) {
            0 => format!("has({})", random.pick(TextField::ALL).path()),
            1 => random.pick(BoolField::ALL).path().to_owned(),
            2 => "attribute.uses_sap".to_owned(),
            _ => format!("\"{}\" in {}", random.pick(&NAMES), random.pick(CountField::ALL).path()),
        };
    }
    let depth = depth - 1;
    let comparison = *random.pick(&["==", "!=", "<", "<=", ">", ">="]);
    match random.below(13) {
        0 | 1 => format!("({} && {})", truth(random, depth), truth(random, depth)),
        2 | 3 => format!("({} || {})", truth(random, depth), truth(random, depth)),
        4 => format!("!{}", grouped(truth(random, depth))),
        5 => format!("({} ? {} : {})", truth(random, depth), truth(random, depth), truth(random, depth)),
        6 => format!("({} {} {})", grouped(truth(random, depth)), random.pick(&["==", "!="]), grouped(truth(random, depth))),
        7 => format!("({} {comparison} {})", number(random, depth), number(random, depth)),
        8 => text_comparison(random),
        9 => format!("({} {comparison} {})", text(random, depth), text(random, depth)),
        10 => format!("({} {comparison} {})", date(random, depth), date(random, depth)),
        11 => match random.below(3) {
            0 => format!("{} in [{}, {}]", number(random, 0), random.below(9), random.below(9)),
            1 => format!("{} in [date(\"{}\"), date(\"{}\")]", date(random, 0), random.pick(&DATES), random.pick(&DATES)),
            _ => format!("({} - {}) {comparison} duration(\"{}h\")", date(random, 0), date(random, 0), random.below(60) * 12),
        },
        _ => {
            let find = *random.pick(&["contains", "startsWith", "endsWith"]);
            format!("{}.{find}({})", text(random, 0), text(random, depth))
        }
    }
}

/// A comparison of numbers, many of which can't be true.
pub fn comparison(random: &mut Random) -> String {
    let comparison = *random.pick(&["==", "!=", "<", "<=", ">", ">="]);
    let literal = random.below(60) as f64 / 2.0 - 10.0;
    format!("{} {comparison} {literal}", number(random, 0))
}

fn grouped(expression: String) -> String {
    format!("({expression})")
}

/// A field with values that it can have.
fn text_comparison(random: &mut Random) -> String {
    let path = random.pick(TextField::ALL).path();
    let values = texts(path);
    match random.below(3) {
        0 => format!("({path} == \"{}\")", random.pick(values)),
        1 => format!("({path} != \"{}\")", random.pick(values)),
        _ => format!("{path} in [\"{}\", \"{}\"]", random.pick(values), random.pick(values)),
    }
}

fn text(random: &mut Random, depth: usize) -> String {
    // Fields whose values are open: others refuse what they can't be.
    const OPEN: [&str; 7] =
        ["person.department", "person.seniority", "company.name", "company.industry", "declared.authority", "offering", "attribute.tier"];
    match random.below(if depth == 0 { 1 } else { 3 }) {
        0 => (*random.pick(&OPEN)).to_owned(),
        1 => format!("\"{}\"", random.pick(texts("offering"))),
        _ => format!("({} ? {} : {})", truth(random, depth - 1), text(random, depth - 1), text(random, depth - 1)),
    }
}

fn number(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 3 } else { 7 }) {
        0 => random.pick(NumberField::ALL).path().to_owned(),
        1 => (*random.pick(&["attribute.plants", "attribute.score"])).to_owned(),
        2 => format!("{}[\"{}\"]", random.pick(CountField::ALL).path(), random.pick(&NAMES)),
        3 => format!("{}", random.below(20) as f64 / 2.0),
        4 => format!("size({})", text(random, depth - 1)),
        5 => format!("({} ? {} : {})", truth(random, depth - 1), number(random, depth - 1), number(random, depth - 1)),
        _ => {
            let operator = *random.pick(&["+", "-", "*", "/"]);
            format!("({} {operator} {})", number(random, depth - 1), number(random, depth - 1))
        }
    }
}

fn date(random: &mut Random, depth: usize) -> String {
    match random.below(if depth == 0 { 2 } else { 5 }) {
        0 => "declared.buy_by".to_owned(),
        1 => "today".to_owned(),
        2 => format!("date(\"{}\")", random.pick(&DATES)),
        3 => format!("({} {} duration(\"{}d\"))", date(random, depth - 1), random.pick(&["+", "-"]), random.below(120)),
        _ => format!("({} ? {} : {})", truth(random, depth - 1), date(random, depth - 1), date(random, depth - 1)),
    }
}
