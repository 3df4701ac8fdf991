//! Whatever a file looks like, the map that is guessed for it loads, and says nothing of a person.

use proptest::prelude::*;

use super::Sheet;
use crate::mapping::compile;

/// 2026-12-01T00:00:00Z
const NOW_MS: i64 = 1_796_083_200_000;

fn check(header: &[String], rows: &[Vec<String>], name: &str) -> String {
    let mut sheet = Sheet::new(header, NOW_MS, 2037);
    for row in rows {
        sheet.look(row.iter().map(String::as_str));
    }
    let map = sheet.guess(name);
    if let Err(found) = compile(map.as_bytes(), "guessed.yaml") {
        panic!("{found:#?}\n{map}");
    }
    map
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn a_column_that_is_always_filled_wins_where_a_row_needs_one() {
    let header = texts(&["Id", "ContactId", "LeadOrContactId", "CreatedDate", "First Name", "Last Name", "Status"]);
    let rows =
        [texts(&["1", "", "003", "2026-11-03", "Ana", "Ruiz", "Sent"]), texts(&["2", "004", "004", "2026-11-04", "Eva", "", "Demo"])];
    let map = check(&header, &rows, "members.csv");
    for line in
        ["person.id: { column: LeadOrContactId }", "join: [First Name, Last Name], with: \" \", skip_empty: true", "Demo: demo_requested"]
    {
        assert!(map.contains(line), "no {line}\n{map}");
    }
    assert!(!map.contains("Ana") && !map.contains("Ruiz"), "PII-1\n{map}");
    let only = [texts(&["1", "", "", "", "", "", "Sent"]), texts(&["2", "004", "", "2026-11-04", "", "", "Sent"])];
    let map = check(&header, &only, "members.csv");
    assert!(map.contains("CHECK: nothing stands there in 1 row,"), "{map}");
}

#[test]
fn what_rulebooks_compare_is_written_as_they_write_it() {
    let header = texts(&["Date", "Email", "Action", "Product", "Authority"]);
    let row = |product: &str| texts(&["2026-11-03", "ana@acme.example", "Looked at prices", product, "Decision maker"]);
    let map = check(&header, &[row("CRM Suite"), row("CRM Suite")], "visits.csv");
    for line in [
        "offering: { column: Product, lookup: { CRM Suite: crm-suite } }    # CHECK",
        "declared.authority: { column: Authority, slug: true }",
        "Looked at prices: pricing_viewed",
    ] {
        assert!(map.contains(line), "no {line}\n{map}");
    }
    // What has nothing of a name in it is left to whoever knows.
    assert!(check(&header, &[row("¿ ?")], "visits.csv").contains("# offering: { constant: … }"));
    assert!(check(&header, &[row("crm-suite")], "visits.csv").contains("  offering: { column: Product }"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_header_and_any_sample_lead_to_a_map_that_loads(
        header in prop::collection::vec(prop_oneof![any::<String>(), "[ -~]{0,12}", Just("Status".to_owned()), Just("Stage".to_owned()),
            Just("Email".to_owned()), Just("Date".to_owned()), Just("Id".to_owned()), Just("Budget".to_owned()), Just("Product".to_owned())], 0..9),
        cells in prop::collection::vec(prop::collection::vec(prop_oneof![any::<String>(), "[ -~]{0,12}", Just("Closed Won".to_owned()),
            Just("a@b.example".to_owned()), Just("03/04/2026".to_owned()), Just("1.000,5".to_owned()), Just("yes".to_owned())], 0..9), 0..6),
        name in any::<String>(),
    ) {
        check(&header, &cells, &name);
    }
}
