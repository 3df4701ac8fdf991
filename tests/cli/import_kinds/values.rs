//! Values that can be read in two ways, or in none: times, numbers, amounts, and what an event can do without.

use super::{MAP, SALES, column, import, says};

/// The times that a column of texts becomes, by the map's `detect`; a row that is not read is left out.
fn times(texts: &[&str], more: &[&str]) -> (Vec<String>, i32, String) {
    let rows: String = texts.iter().enumerate().map(|(row, text)| format!("p{row}@firm.example;\"{text}\";Demo\n")).collect();
    let map = MAP.replace("America/Mexico_City", "UTC");
    let came = import(format!("Mail;When;What\n{rows}").as_bytes(), &map, more);
    let short = |text: String| text.replace(":00.000Z", "").replace("T00:00", "").replace(".000Z", "");
    (column(&came.events, "occurred_at").into_iter().map(short).collect(), came.status, came.told)
}

#[test]
fn the_order_of_day_and_month_is_the_columns_and_not_the_rows() {
    let check = |texts: &[&str], expected: &[&str], status: i32, words: &[&str]| {
        let (found, ended, told) = times(texts, &[]);
        assert_eq!((found.as_slice(), ended), (expected.map_to(), status), "{texts:?}\n{told}");
        says(&told, words);
    };
    check(&["03/11/2026", "20/11/2026"], &["2026-11-03", "2026-11-20"], 0, &["day first", "1 value is nothing else"]);
    check(&["03/11/2026", "11/20/2026"], &["2026-03-11", "2026-11-20"], 0, &["month first"]);
    check(&["3.4.26", "30.4.26"], &["2026-04-03", "2026-04-30"], 0, &["day first"]);
    check(&["4-3-2026 9:05 PM", "4-30-2026 12:10 AM"], &["2026-04-03T21:05", "2026-04-30T00:10"], 0, &["month first"]);
    check(
        &["03/11/2026", "04/11/2026"],
        &[],
        1,
        &["CHECK", "day first or month first", "2 values are not read", "line 2", "--dates day-first"],
    );
    // Both stand in one column: only what is one day in either is read.
    check(
        &["13/11/2026", "11/14/2026", "03/11/2026", "05/05/2026"],
        &["2026-11-13", "2026-11-14", "2026-05-05"],
        1,
        &["the column has both"],
    );
    check(&["20-10-25", "03-11-25"], &[], 1, &["CHECK", "year first"]);
    check(&["25-10-20", "31-11-30"], &["2025-10-20", "2031-11-30"], 0, &["year first"]);
    check(&["2026-11-03", "03.11.2026", "13.11.2026"], &["2026-11-03", "2026-11-03", "2026-11-13"], 0, &["day first"]);
    // Somebody who knows says it.
    let (found, status, _) = times(&["03/11/2026", "04/11/2026"], &["--dates", "day-first"]);
    assert_eq!((found, status), (vec!["2026-11-03".to_owned(), "2026-11-04".to_owned()], 0));
}

trait MapTo {
    fn map_to(&self) -> &[String];
}

impl MapTo for [&str] {
    fn map_to(&self) -> &[String] {
        Vec::leak(self.iter().map(|text| (*text).to_owned()).collect())
    }
}

#[test]
fn a_format_of_the_map_that_the_whole_column_contradicts_reads_nothing() {
    let map = MAP.replace("date: detect", "date: \"%m/%d/%Y\"");
    let came = import(b"Mail,When,What\na@x.example,03/11/2026,Demo\nb@x.example,20/11/2026,Demo\n", &map, &[]);
    assert_eq!((came.events.len(), came.status), (0, 1), "{}", came.told);
    says(&came.told, &["CHECK occurred_at, from `When`", "the map says `%m/%d/%Y`", "day and month the other way round"]);
    // Both orders stand in the list: the column decides, and a year of two digits is none of four.
    let map = MAP.replace("date: detect", "date: [\"%d/%m/%Y\", \"%m/%d/%Y\"]");
    let came = import(b"Mail,When,What\na@x.example,03/11/2026,Demo\nb@x.example,11/20/2026,Demo\nc@x.example,11/20/26,Demo\n", &map, &[]);
    assert_eq!(column(&came.events, "occurred_at"), ["2026-03-11T06:00:00.000Z", "2026-11-20T06:00:00.000Z"], "{}", came.told);
}

#[test]
fn times_are_read_as_tools_and_people_write_them() {
    let check = |texts: &[&str], expected: &[&str]| {
        let (found, status, told) = times(texts, &[]);
        assert_eq!((found.as_slice(), status), (expected.map_to(), 0), "{told}");
    };
    check(&["2026-11-03T15:04:05.000+0100", "2026-11-03 15:04:05 UTC"], &["2026-11-03T14:04:05", "2026-11-03T15:04:05"]);
    check(&["2026/11/03 7:01 PM GMT-6", "2026/11/03 7:14 AM GMT+5:30"], &["2026-11-04T01:01", "2026-11-03T01:44"]);
    check(
        &["Nov 3, 2026 3:04 PM", "3 de noviembre de 2026", "3. März 2026 09:05 Uhr"],
        &["2026-11-03T15:04", "2026-11-03", "2026-03-03T09:05"],
    );
    check(
        &["2026-11-03 12:05 am", "2026-11-03 12:05 p. m.", "2026-11-03 3:05\u{202f}PM"],
        &["2026-11-03T00:05", "2026-11-03T12:05", "2026-11-03T15:05"],
    );
    check(&["1793718245000", "1.793718245E+12"], &["2026-11-03T15:04:05", "2026-11-03T15:04:05"]);
    for bad in ["3 de noviembre", "46330", "0000-00-00", "31/02/2026", "03/11/1926", "03/11/2126", "soon", "5555500100", "2026-11-03 25:00"]
    {
        let (found, status, told) = times(&[bad], &[]);
        assert_eq!((found.len(), status), (0, 1), "{bad}\n{told}");
    }
    let seconds = MAP.replace("date: detect", "date: epoch_seconds");
    assert_eq!(import(b"Mail,When,What\na@x.example,46329.5,Demo\n", &seconds, &[]).status, 1);
    let serial = MAP.replace("date: detect", "date: serial_days").replace("America/Mexico_City", "UTC");
    let came = import(b"Mail,When,What\na@x.example,46329.5,Demo\n", &serial, &[]);
    assert_eq!(column(&came.events, "occurred_at"), ["2026-11-03T12:00:00.000Z"]);
    // A zone that the pattern writes out is honoured, or the pattern is refused.
    let utc = MAP.replace("date: detect", "date: \"%Y-%m-%d %H:%M GMT\"");
    let came = import(b"Mail,When,What\na@x.example,2026-11-03 15:04 GMT,Demo\n", &utc, &[]);
    assert_eq!(column(&came.events, "occurred_at"), ["2026-11-03T15:04:00.000Z"]);
    let other = MAP.replace("date: detect", "date: \"%Y-%m-%d %H:%M CET\"");
    assert_eq!(import(b"Mail,When,What\na@x.example,2026-11-03 15:04 CET,Demo\n", &other, &[]).status, 78);
}

/// The values that amounts become.
fn amounts(texts: &[&str], more: &[&str]) -> (Vec<String>, String) {
    let rows: String = texts.iter().enumerate().map(|(row, text)| format!("firm{row}.example;Won;2026-11-20;\"{text}\"\n")).collect();
    let came = import(format!("Site;State;Closed;Amount\n{rows}").as_bytes(), SALES, more);
    assert_eq!(came.events.len(), texts.len(), "an amount costs no outcome\n{}", came.told);
    (column(&came.events, "value_usd"), came.told)
}

#[test]
fn the_decimal_sign_is_the_columns_and_what_is_no_amount_is_not_known() {
    let check = |texts: &[&str], expected: &[&str], words: &[&str]| {
        let (found, told) = amounts(texts, &[]);
        assert_eq!(found, expected, "{texts:?}\n{told}");
        says(&told, words);
    };
    check(&["12.500", "9.750"], &["-", "-"], &["CHECK value_usd", "could be two numbers", "--decimal"]);
    check(&["40,000"], &["-"], &["CHECK value_usd"]);
    check(&["12.500", "1.250.000"], &["12500", "1250000"], &["`,` for the decimals"]);
    check(&["12.500", "9,5"], &["12500", "9.5"], &[]);
    check(&["12,500", "9.5", "$1,234,567.25"], &["12500", "9.5", "1234567.25"], &[]);
    check(&["1'200.50", "300"], &["1200.5", "300"], &[]);
    check(&["2E+05", "2.5E+05"], &["200000", "250000"], &[]);
    check(
        &["-500", "(1,200.00)", "9000"],
        &["-", "-", "9000"],
        &["value_usd, from `Amount`, is not an amount".replace("value_usd,", "`value_usd`,").leak()],
    );
    check(&["€ 40.000", "40k", "to be said", "£5"], &["-", "-", "-", "-"], &["some without a value: value_usd"]);
    let (found, _) = amounts(&["12.500", "9.750"], &["--decimal", ","]);
    assert_eq!(found, ["12500", "9750"]);
    // One column decides for another, and a whole number has no decimals.
    let map = MAP.to_owned() + "  company.employees: { column: Staff }\n  company.revenue_usd: { column: Sales }\n";
    let came = import(
        "Mail;When;What;Staff;Sales\na@x.example;13.11.2026;Demo;1.000;2.500.000\nb@x.example;13.11.2026;Demo;2.000;750.000\n".as_bytes(),
        &map,
        &[],
    );
    assert_eq!(column(&came.events, "company.employees"), ["1000", "2000"], "{}", came.told);
    assert_eq!(column(&came.events, "company.revenue_usd"), ["2500000", "750000"], "{}", came.told);
}

#[test]
fn an_amount_in_another_currency_is_not_known_without_a_rate() {
    let file = b"Site,State,Closed,Amount,Money\na.example,Won,2026-11-20,700000,MXN\nb.example,Won,2026-06-20,100,eur\nc.example,Won,2026-11-20,40000,USD\nd.example,Won,2026-11-20,5,\n";
    let map = SALES.replace("optional: true", "currency: Money");
    let came = import(file, &map, &[]);
    assert_eq!(
        (column(&came.events, "value_usd"), came.status),
        (vec!["-".into(), "-".into(), "40000".into(), "-".into()], 0),
        "{}",
        came.told
    );
    says(&came.told, &["another currency than US dollars", "1 × MXN", "1 × EUR", "no currency beside it"]);
    let rates = "rates: { MXN: 0.05, EUR: [{ from: 2026-01-01, usd: 1.1 }, { from: 2026-07-01, usd: 1.2 }] }\nfields:";
    let came = import(file, &map.replace("fields:", rates), &[]);
    assert_eq!(column(&came.events, "value_usd")[0], "35000");
    assert!(column(&came.events, "value_usd")[1].starts_with("110"), "the rate of its day");
    let constant = SALES.replace("optional: true", "currency: { constant: EUR }");
    assert_eq!(column(&import(file, &constant, &[]).events, "value_usd")[2], "-");
    // A file without such a column has one currency, and the field says which.
    let came = import(b"Site,State,Closed,Amount\na.example,Won,2026-11-20,5\n", &map, &[]);
    assert_eq!(column(&came.events, "value_usd"), ["5"]);
}

#[test]
fn what_an_event_can_do_without_costs_no_row_and_is_counted() {
    let map = MAP.to_owned()
        + "  company.employees: { column: Staff }\n  declared.buy_by: { column: By }\n  person.phone: { column: Tel }\n  person.consent.contact: { column: Ok }\n";
    let file = "Mail,When,What,Staff,By,Tel,Ok\n\
        a@x.example,2026-11-13,Demo,100-500,0000-00-00,'+52 55 5550 0100,yes\n\
        b@x.example,2026-11-13,Demo,\"1,000+\",2027-01-15,5.25556E+11,sí\n\
        c@x.example,2026-11-13,Demo,many,soon,p:+525555500002,perhaps\n\
        d@x.example,2026-11-13,Demo,more than 50,n/a,NULL,nein\n";
    let came = import(file.as_bytes(), &map, &[]);
    assert_eq!((came.events.len(), came.status), (4, 0), "{}", came.told);
    assert_eq!(column(&came.events, "company.employees"), ["100", "1000", "-", "50"], "{}", came.told);
    assert_eq!(column(&came.events, "declared.buy_by"), ["-", "2027-01-15", "-", "-"]);
    assert_eq!(column(&came.events, "person.phone"), ["+52 55 5550 0100", "-", "+525555500002", "-"]);
    assert_eq!(column(&came.events, "person.consent.contact"), ["true", "true", "-", "false"]);
    says(
        &came.told,
        &["field `declared.buy_by`, from `By`, is no date", "`person.phone`, from `Tel`", "field `company.employees`, from `Staff`"],
    );
    assert!(!came.told.contains("many") && !came.told.contains("perhaps"), "PII-1\n{}", came.told);
}

#[test]
fn whoever_refused_is_not_written_to_whatever_another_column_says() {
    let map = MAP.to_owned() + "  person.consent.contact: { column: Ok, refused_by: [Stop] }\n";
    let file = b"Mail,When,What,Ok,Stop\na@x.example,2026-11-13,Demo,Yes,Yes\nb@x.example,2026-11-13,Demo,Yes,No\nc@x.example,2026-11-13,Demo,,1\nd@x.example,2026-11-13,Demo,,\n";
    assert_eq!(column(&import(file, &map, &[]).events, "person.consent.contact"), ["false", "true", "false", "-"]);
    let map = MAP.to_owned() + "  person.consent.contact: { column: Stop, refused: true }\n";
    assert_eq!(column(&import(file, &map, &[]).events, "person.consent.contact"), ["false", "true", "false", "-"]);
}

#[test]
fn nothing_is_nothing_in_whatever_disguise_and_identifiers_keep_their_case() {
    let map = MAP.replace("{ column: Mail, hash: true }", "{ column: Ref }") + "  company.id: { column: Firm }\n";
    let file = b"Mail,When,What,Ref,Firm\na@x.example,2026-11-13,Demo,\"=\"\"00123\"\"\",NULL\nb@x.example,2026-11-13,Demo,00123,n/a\nc@x.example,2026-11-13,Demo,NULL,f1\nd@x.example,2026-11-13,Demo,000000000000000AAA,f1\ne@x.example,2026-11-13,Demo,1.23E+11,f1\n";
    let came = import(file, &map, &[]);
    assert_eq!((column(&came.events, "person.id"), came.status), (vec!["00123".to_owned(), "00123".to_owned()], 1), "{}", came.told);
    assert_eq!(column(&came.events, "company.id"), ["-", "-"]);
    says(&came.told, &["`person.id`, from `Ref`, is missing", "spoiled by a spreadsheet"]);
    // Case tells identifiers apart, and addresses not.
    let came = import(
        b"Mail,When,What,Ref\na@x.example,2026-11-13,Demo,aBc\nA@X.example,2026-11-13,Demo,aBC\n",
        &MAP.replace("join: [Mail, When, What]", "join: [Ref, When]"),
        &[],
    );
    let (ids, persons) = (column(&came.events, "interaction_id"), column(&came.events, "person.id"));
    assert!(ids[0] != ids[1] && persons[0] == persons[1], "{ids:?} {persons:?}");
}

#[test]
fn what_is_written_twice_is_counted_and_a_no_is_never_a_yes() {
    let file = b"Mail,When,What\na@x.example,2026-11-13,Demo\na@x.example,2026-11-13,demo\nb@x.example,2026-11-13,Not attended\nc@x.example,2026-11-13,Declined demo\nd@x.example,2026-11-13,No quiere demo\ne@x.example,2026-11-13,She attended\n";
    let came = import(file, MAP, &[]);
    assert_eq!(
        (column(&came.events, "kind"), came.status),
        (vec!["demo_requested".into(), "demo_requested".into(), "attended".into()], 1),
        "{}",
        came.told
    );
    says(&came.told, &["1 × Not attended", "1 × Declined demo"]);
    let came = import(b"Mail,When,What\na@x.example,2026-11-13,Demo\na@x.example,2026-11-13,Demo\n", MAP, &[]);
    says(&came.told, &["CHECK interaction_id: 1 identifier stood in the file before"]);
}
