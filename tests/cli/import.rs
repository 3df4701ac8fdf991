//! `relevo import csv`: files as tools write them, maps as people write them, and what becomes of each row.

use std::path::Path;

use relevo::contract::Interaction;
use serde_json::{Value, json};

use crate::program::{Ended, Place, relevo};

/// A map of few columns, for files that the tests write.
const MAP: &str = r#"api: relevo/v1
kind: Map
of: interactions
time_zone: America/Mexico_City
fields:
  interaction_id: { column: Id }
  occurred_at: { column: When, date: "%d/%m/%Y %H:%M" }
  kind: { column: What, lookup: { Asistió: attended, Demo: demo_requested } }
  campaign.id: { constant: fair }
  person.id: { column: Id, prefix: p- }
  person.name: { column: Name }
  declared.budget_usd: { column: Budget, optional: true }
"#;
const HEADER: &str = "Id,When,What,Name,Budget\n";
const ROW: &str = "1,03/11/2026 15:04,Demo,Ana Ruiz,40000\n";

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/import").join(name);
    std::fs::read_to_string(path).expect("the fixture is there")
}

/// The documents of a call's standard output.
fn documents(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// The documents in a file of the place.
fn written(place: &Place, name: &str) -> Vec<Value> {
    documents(&std::fs::read_to_string(place.folder.path().join(name)).expect("written"))
}

/// Every interaction passes the contract's own parser.
fn assert_interactions(documents: &[Value]) {
    for document in documents {
        Interaction::parse(document.to_string().as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}: {document}"));
    }
}

/// Imports bytes by [`MAP`], with more arguments.
fn import_bytes(bytes: &[u8], arguments: &[&str]) -> (Place, Ended) {
    let place = Place::new().with("map.yaml", MAP);
    std::fs::write(place.folder.path().join("in.csv"), bytes).expect("written");
    let ended = place.call(&[&["import", "csv", "in.csv", "--map", "map.yaml"], arguments].concat(), &[]);
    (place, ended)
}

/// Imports an export that comes with a tool by the map that comes with Relevo.
fn import_fixture(fixture_name: &str, map: &str, status: i32) -> (Vec<Value>, String) {
    let place = Place::new().with("in.csv", &fixture(fixture_name));
    let ended = place.call(&["import", "csv", "in.csv", "--map", map, "--out", "out.ndjson"], &[]);
    assert_eq!((ended.status, ended.err.as_str()), (status, ""), "{ended:#?}");
    let rejects = std::fs::read_to_string(place.folder.path().join("out.rejects.csv")).unwrap_or_default();
    (written(&place, "out.ndjson"), rejects)
}

#[test]
fn salesforce_campaign_members_become_interactions() {
    let (events, rejects) = import_fixture("salesforce-campaign-members.csv", "salesforce-campaign-members", 1);
    assert_interactions(&events);
    let expected = json!({
        "interaction_id": "00v5f00000AAAA1AAA", "occurred_at": "2026-11-03T00:00:00.000Z", "kind": "attended",
        "campaign": { "id": "7015f000000AbCdEAA" },
        "person": { "id": "00Q5f000001aaaaEAA", "name": "Ana Ruiz", "email": "ana.ruiz@acme.example", "phone": "+52 55 5555 0100",
            "role": "plant_manager", "consent": { "contact": true } },
        "company": { "name": "Acme, S.A. de C.V.", "country": "MX" },
    });
    assert_eq!(events[0], expected);
    assert_eq!((&events[1]["kind"], &events[1]["person"]["consent"]["contact"]), (&json!("demo_requested"), &json!(false)));
    assert_eq!((&events[2]["kind"], &events[2]["occurred_at"]), (&json!("invited"), &json!("2026-10-20T15:00:00.000Z")));
    let expected = "line,code,field,column,reason\n5,RLV-5201,kind,Status,is none of the values in the map's lookup\n";
    assert_eq!((events.len(), rejects.as_str()), (3, expected));
}

#[test]
fn a_salesforce_report_has_other_names_and_small_print_at_its_end() {
    let (events, rejects) = import_fixture("salesforce-campaign-members-report.csv", "salesforce-campaign-members", 0);
    assert_interactions(&events);
    assert_eq!((events.len(), &events[0]["occurred_at"]), (1, &json!("2026-11-23T00:00:00.000Z")));
    // The identifier in its long form, as in the other exports.
    assert_eq!((&events[0]["campaign"]["channel"], &events[0]["person"]["id"]), (&json!("webinar"), &json!("00Q5f000001aaaaEAA")));
    assert_eq!(rejects, "");
}

#[test]
fn salesforce_leads_become_interactions() {
    let (events, rejects) = import_fixture("salesforce-leads.csv", "salesforce-leads", 0);
    assert_interactions(&events);
    let company = json!({ "name": "Acme SA", "domain": "https://www.acme.example", "employees": 230, "industry": "manufacturing",
        "country": "MX", "revenue_usd": 12_500_000 });
    assert_eq!((events.len(), &events[0]["kind"], &events[0]["company"]), (2, &json!("contact_requested"), &company));
    // A revenue that can't be read costs no row.
    assert_eq!((&events[1]["company"]["revenue_usd"], rejects.as_str()), (&Value::Null, ""));
}

#[test]
fn salesforce_opportunities_become_outcomes() {
    let (outcomes, rejects) = import_fixture("salesforce-opportunities.csv", "salesforce-opportunities", 1);
    let expected = [
        json!({ "account": "acme.example", "outcome": "won", "at": "2026-11-20T00:00:00.000Z", "value_usd": 40_000 }),
        json!({ "account": "company:0015f000005ffffAAB", "outcome": "lost", "at": "2026-11-21T00:00:00.000Z", "value_usd": 12_000 }),
    ];
    assert_eq!(outcomes, expected);
    assert_eq!(rejects.lines().nth(1), Some("5,RLV-1004,,,nothing in the row says whose outcome it is"));
}

#[test]
fn hubspot_contacts_become_interactions() {
    let (events, _) = import_fixture("hubspot-contacts.csv", "hubspot-contacts", 0);
    assert_interactions(&events);
    let of = |index: usize| (&events[index]["kind"], &events[index]["campaign"]["id"], &events[index]["company"]["id"]);
    assert_eq!(of(0), (&json!("demo_requested"), &json!("request_a_demo"), &json!("hs-9001")));
    assert_eq!(of(1), (&json!("content_downloaded"), &json!("the_plant_manager_s_guide"), &json!("hs-9003")));
    assert_eq!((events.len(), &events[1]["person"]["consent"]["contact"]), (2, &json!(false)));
    assert!(events[0]["interaction_id"] != events[1]["interaction_id"]);
}

#[test]
fn hubspot_form_submissions_become_interactions() {
    let (events, rejects) = import_fixture("hubspot-form-submissions.csv", "hubspot-form-submissions", 1);
    assert_interactions(&events);
    assert_eq!((events.len(), &events[0]["company"]["employees"]), (1, &json!(200)));
    assert_eq!(events[0]["person"]["name"], json!("Ana Ruiz"));
    assert_eq!(events[0]["declared"]["comment"], json!("We run three plants,\nand need it before the season."));
    assert!(!events[0]["person"]["id"].as_str().is_some_and(|id| id.contains('@')), "an address as an identifier");
    // The row before has a line break in it.
    assert_eq!(rejects.lines().nth(1), Some("4,RLV-1004,interaction_id,Email,is missing"));
}

#[test]
fn hubspot_deals_become_outcomes() {
    let (outcomes, _) = import_fixture("hubspot-deals.csv", "hubspot-deals", 0);
    let expected = [
        json!({ "account": "acme.example", "outcome": "won", "at": "2026-11-20T12:00:00.000Z", "value_usd": 40_000 }),
        json!({ "account": "company:hs-9003", "outcome": "lost", "at": "2026-11-21T12:00:00.000Z", "value_usd": 12_000 }),
    ];
    assert_eq!(outcomes, expected);
}

#[test]
fn bad_rows_are_put_aside_with_line_and_reason_and_the_rest_goes_on() {
    let rows = concat!(
        "1,03/11/2026 15:04,Demo,Ana Ruiz,40000\r\n",
        "2,2026-11-03,Demo,Ana Ruiz,\r\n",
        "\r\n",
        "3,03/11/2026 15:04,Gala,Ana Ruiz,\r\n",
        "4,03/11/2026 15:04,Demo\r\n",
        "ana@acme.example,03/11/2026 15:04,Demo,Ana Ruiz,\r\n",
        ",03/11/2026 15:04,Demo,Ana Ruiz,\r\n",
        "6,03/11/2026 15:04,Demo,Ana Ruiz,forty\r\n",
        "7,03/11/2026 15:04,Demo,Ana Ruiz,-5\r\n",
        "8,03/11/2026 15:04,Demo,\"Ana\r\nRuiz\",,,\r\n",
        "9,03/11/2026 15:04,Demo,Ana Ruiz,,extra\r\n",
    );
    let (place, ended) =
        import_bytes(format!("{}{rows}", HEADER.replace('\n', "\r\n")).as_bytes(), &["--out", "out.ndjson", "--rejects", "bad.csv"]);
    assert_eq!((ended.status, ended.err.as_str()), (1, ""), "{ended:#?}");
    let rejects = std::fs::read_to_string(place.folder.path().join("bad.csv")).expect("written");
    let expected = "line,code,field,column,reason\n\
        3,RLV-5201,occurred_at,When,is no time in any format that the map gives\n\
        5,RLV-5201,kind,What,is none of the values in the map's lookup\n\
        7,RLV-1005,interaction_id,Id,\"has an `@`: identifiers travel in keys and logs, where no address may be\"\n\
        8,RLV-1004,interaction_id,Id,is missing\n\
        13,RLV-5202,,,\"the row has more cells than the header: does a text have the delimiter in it, and no quotes around it?\"\n";
    assert_eq!(rejects, expected);
    let events = written(&place, "out.ndjson");
    assert_interactions(&events);
    assert_eq!(events.iter().map(|event| event["interaction_id"].as_str().expect("a text")).collect::<Vec<_>>(), ["1", "4", "6", "7", "8"]);
    for words in ["10 rows", "5 interactions → out.ndjson", "5 rejected → bad.csv", "UTF-8", "RLV-1005", "1 × Gala", "1 blank"] {
        assert!(ended.out.contains(words), "no {words:?} in\n{}", ended.out);
    }
    for value in ["acme.example", "forty", "Ruiz"] {
        assert!(!ended.out.contains(value) && !rejects.contains(value), "PII-1: {value}");
    }
}

#[test]
fn events_go_to_standard_output_and_the_summary_beside_them() {
    let (place, ended) = import_bytes(format!("{HEADER}{ROW}").as_bytes(), &[]);
    assert_eq!(ended.status, 0, "{ended:#?}");
    assert_interactions(&documents(&ended.out));
    assert!(ended.err.contains("Every row went through."), "{}", ended.err);
    assert!(!place.folder.path().join("in.rejects.csv").exists(), "rejects of nothing");
    let mut command = place.command(&["import", "csv", "-", "--map", "map.yaml"]);
    let mut child = command
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("it starts");
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), format!("{HEADER}{ROW}").as_bytes()).expect("written");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(String::from_utf8(output.stdout).expect("UTF-8"), ended.out, "from standard input");
}

/// A file in this form makes the one event, and the summary says how it was read.
fn check_form(bytes: &[u8], arguments: &[&str], said: &str) {
    let (_, ended) = import_bytes(bytes, arguments);
    assert_eq!(ended.status, 0, "{said}: {ended:#?}");
    let events = documents(&ended.out);
    assert_eq!((events.len(), &events[0]["kind"], &events[0]["person"]["name"]), (1, &json!("attended"), &json!("Ana Muñoz")), "{said}");
    assert_eq!(events[0]["occurred_at"], json!("2026-11-03T21:04:00.000Z"));
    assert!(ended.err.contains(said), "no {said:?} in\n{}", ended.err);
}

#[test]
fn encodings_marks_and_delimiters_are_found_out_and_said() {
    let text = "Id,When,What,Name\r\n1,03/11/2026 15:04,Asistió,Ana Muñoz\r\n";
    let latin = |text: &str| text.chars().map(|c| u8::try_from(u32::from(c)).expect("latin")).collect::<Vec<u8>>();
    let wide = |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    check_form(text.as_bytes(), &[], "UTF-8 (assumed");
    check_form(format!("\u{feff}{text}").as_bytes(), &[], "UTF-8 (by its byte order mark)");
    check_form(&latin(text), &[], "windows-1252 (assumed");
    check_form(&latin(text), &["--encoding", "latin1"], "windows-1252 (as you said)");
    check_form(&wide(&format!("\u{feff}{text}"), u16::to_le_bytes), &[], "UTF-16LE (by its byte order mark)");
    check_form(&wide(&format!("\u{feff}{text}"), u16::to_be_bytes), &[], "UTF-16BE (by its byte order mark)");
    check_form(&wide(text, u16::to_le_bytes), &["--encoding", "utf-16le"], "UTF-16LE (as you said)");
    check_form(text.replace(',', ";").as_bytes(), &[], "parted by `;` (by the rows)");
    check_form(text.replace(',', "\t").as_bytes(), &[], "parted by tab");
    check_form(text.replace(',', "|").as_bytes(), &["--delimiter", "|"], "parted by `|` (as you said)");
    check_form(text.replace("\r\n", "\r").as_bytes(), &[], "UTF-8");
    check_form(text.trim_end().as_bytes(), &[], "UTF-8");
    check_form(format!("sep=;\r\n{}", text.replace(',', ";")).as_bytes(), &[], "parted by `;`");
    check_form(text.replace("Ana Muñoz", "\"Ana Muñoz\"").replace("Id,", "\"Id\",").as_bytes(), &[], "`,`");
    // Large and small letters, spaces around names, columns that nobody asked for, and cells behind the last column.
    check_form(b"ID , when,WHAT,Name,,\n1,03/11/2026 15:04,ASISTI\xc3\x93,Ana Mu\xc3\xb1oz,x,,,\n", &[], "UTF-8");
}

#[test]
fn bytes_that_are_no_text_are_rejected_with_their_row() {
    let mut bytes = format!("{HEADER}{ROW}5,03/11/2026 15:04,Demo,Ana Muñoz,\n2,03/11/2026 15:04,Demo,An").into_bytes();
    // Behind the sample that the encoding is assumed from.
    let filler = ROW.repeat(1024 * 1024 / ROW.len() + 1);
    bytes.splice(HEADER.len()..HEADER.len(), filler.into_bytes());
    bytes.extend(b"\xff\xfe,\n3,03/11/2026 15:04,Demo,Ana,\n");
    let (place, ended) = import_bytes(&bytes, &["--out", "out.ndjson"]);
    assert_eq!(ended.status, 1, "{ended:#?}");
    let rejects = std::fs::read_to_string(place.folder.path().join("out.rejects.csv")).expect("written");
    assert!(rejects.lines().count() == 2 && rejects.contains("RLV-5203,,,the row has bytes that are no text in UTF-8"), "{rejects}");
    assert!(written(&place, "out.ndjson").last().is_some_and(|event| event["interaction_id"] == "3"), "the rest goes on");
}

/// Whoever interrupts an import finds nothing of it, and what is made is its owner's alone.
#[test]
fn pii_1_an_import_that_is_interrupted_leaves_nothing_and_one_that_ends_is_its_owners() {
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;
    use std::process::Stdio;
    let place = Place::new().with("map.yaml", MAP);
    let arguments = ["import", "csv", "-", "--map", "map.yaml", "--out", "out.ndjson", "--rejects", "no.csv"];
    let mut importing = place.command(&arguments).stdin(Stdio::piped()).spawn().expect("it starts");
    let rows = importing.stdin.as_mut().expect("piped");
    // The sample that the encoding is assumed from has to be full before anything is made.
    rows.write_all(format!("{HEADER}{}", ROW.repeat(2 * 1024 * 1024 / ROW.len())).as_bytes()).expect("taken");
    while !place.folder.path().join("no.csv").exists() {
        std::thread::yield_now();
    }
    let process = i32::try_from(importing.id()).expect("a process");
    // SAFETY: a signal to a child of ours that has not been waited for.
    assert_eq!(unsafe { libc::kill(process, libc::SIGTERM) }, 0);
    assert!(!importing.wait().expect("it ends").success());
    let names = || {
        let entries = std::fs::read_dir(place.folder.path()).expect("the place").flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names(), ["map.yaml", "no.csv"]);
    let (place, ended) = import_bytes(format!("{HEADER}{ROW}x,y\n").as_bytes(), &["--out", "out.ndjson"]);
    assert_eq!(ended.status, 1, "{ended:#?}");
    for name in ["out.ndjson", "out.rejects.csv"] {
        let mode = std::fs::metadata(place.folder.path().join(name)).expect("made").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn what_is_no_csv_file_is_refused_with_what_to_do() {
    let check = |bytes: &[u8], status: i32, parts: &[&str]| {
        let (place, ended) = import_bytes(bytes, &["--out", "out.ndjson"]);
        ended.assert(status, parts);
        assert!(!place.folder.path().join("out.ndjson").exists(), "{parts:?}");
        let drafts = |entry: &std::io::Result<std::fs::DirEntry>| {
            entry.as_ref().is_ok_and(|it| it.file_name().to_string_lossy().starts_with(".relevo-"))
        };
        assert_eq!(std::fs::read_dir(place.folder.path()).expect("the place").filter(drafts).count(), 0, "{parts:?}");
    };
    check(b"", 1, &["RLV-5302", "no header"]);
    check(b"\n\n  \n", 1, &["RLV-5302"]);
    check(b",,,\n1,2,3,4\n", 1, &["RLV-5302"]);
    check(b"PK\x03\x04\x14\0\x06\0", 1, &["RLV-5305", "workbook", "save it as CSV"]);
    check(b"\x1f\x8b\x08\0\0", 1, &["RLV-5305", "gzip"]);
    let garbage: Vec<u8> = (0..5_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    check(&garbage, 1, &["RLV-5305"]);
    let wide: Vec<u8> = HEADER.encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(&wide, 1, &["RLV-5305", "--encoding UTF-16LE"]);
    check(b"Id,When,Wat,Name\n", 78, &["RLV-5303", "map.yaml:8", "no column `What`", "did you mean `Wat`?"]);
    check(b"Id,When,What,Name,When\n", 78, &["RLV-5304", "2 times"]);
    check(b"a;b\n", 78, &["no column `Id`", "no column `When`", "no column `What`", "no column `Name`"]);
    // A quote that never closes takes in the rest of the file: it has to end somewhere.
    let open = format!("{HEADER}{ROW}2,\"03/11/2026{}", ROW.repeat(80_000));
    check(open.as_bytes(), 1, &["RLV-5204", "line 3", "not closed"]);
    // A regression: in the last column it took the rows behind it along, and every row was said to have gone through.
    let open = format!("{HEADER}{ROW}2,03/11/2026 15:04,Demo,Ana Ruiz,\"40000\n3,03/11/2026 15:05,Demo,Eva Sol,1\n");
    let (place, ended) = import_bytes(open.as_bytes(), &["--out", "out.ndjson"]);
    assert_eq!(ended.status, 1, "{ended:#?}");
    let rejects = std::fs::read_to_string(place.folder.path().join("out.rejects.csv")).expect("written");
    assert!(rejects.contains("is a quote not closed?") && rejects.lines().count() == 2, "{rejects}");
    assert_eq!(written(&place, "out.ndjson").len(), 1, "the row in front of it");
    relevo(&["import", "csv", "absent.csv", "--map", "salesforce-leads"]).assert(2, &["RLV-5301", "absent.csv"]);
    let (place, ended) = import_bytes(HEADER.as_bytes(), &["--out", "in.csv"]);
    ended.assert(2, &["in.csv is the file that is read"]);
    assert_eq!(std::fs::read_to_string(place.folder.path().join("in.csv")).expect("there"), HEADER);
    import_bytes(HEADER.as_bytes(), &["--out", "x", "--rejects", "x"]).1.assert(2, &["x can't take both"]);
    // Nothing of the user's is written over on the way.
    let place = Place::new().with("map.yaml", MAP).with("out.part", "mine").with("in.csv", &format!("{HEADER}{ROW}"));
    place.call(&["import", "csv", "in.csv", "--map", "map.yaml", "--out", "out.ndjson"], &[]).assert(0, &[]);
    assert_eq!(std::fs::read_to_string(place.folder.path().join("out.part")).expect("there"), "mine");
    place.call(&["import", "csv", "in.csv", "--guess", "--out", "map.yaml"], &[]).assert(2, &["map.yaml is there already"]);
    import_bytes(HEADER.as_bytes(), &["--encoding", "klingon"]).1.assert(2, &["klingon", "utf-8"]);
    import_bytes(HEADER.as_bytes(), &["--delimiter", "ab"]).1.assert(2, &["one character"]);
}

#[test]
fn a_header_alone_is_no_mistake() {
    let (place, ended) = import_bytes(HEADER.as_bytes(), &["--out", "out.ndjson"]);
    assert!(ended.status == 0 && ended.out.contains("0 rows") && ended.out.contains("no rows"), "{ended:#?}");
    assert!(written(&place, "out.ndjson").is_empty());
}

#[test]
fn a_map_that_does_not_load_is_told_whole_and_nothing_is_imported() {
    let wrong = MAP
        .replace("kind: Map", "kind: Mop")
        .replace("person.name", "person.nam")
        .replace("time_zone", "timezone")
        .replace("lookup", "loopup");
    let place = Place::new().with("map.yaml", &wrong).with("in.csv", &format!("{HEADER}{ROW}"));
    let ended = place.call(&["import", "csv", "in.csv", "--map", "map.yaml", "--out", "out.ndjson"], &[]);
    ended.assert(78, &["map.yaml:2:", "`Map`", "map.yaml:4:", "`time_zone`", "`lookup`", "did you mean `person.name`?", "4 errors"]);
    assert!(!place.folder.path().join("out.ndjson").exists());
    place.call(&["import", "csv", "in.csv", "--map", "absent.yaml"], &[]).assert(2, &["RLV-5110", "absent.yaml", "hubspot-deals"]);
    place.call(&["import", "csv", "in.csv"], &[]).assert(2, &["no map", "--guess", "--list-maps"]);
}

#[test]
fn maps_that_come_with_relevo_are_listed_and_printed() {
    let list = relevo(&["import", "csv", "--list-maps"]);
    assert!(list.status == 0 && list.out.contains("salesforce-campaign-members") && list.out.contains("hubspot-engagements"), "{list:#?}");
    let printed = relevo(&["import", "csv", "--print-map", "hubspot-deals"]);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/maps/hubspot-deals.yaml");
    assert_eq!((printed.status, printed.out), (0, std::fs::read_to_string(file).expect("there")));
    relevo(&["import", "csv", "--print-map", "hubspot-deal"]).assert(2, &["hubspot-deals"]);
}

/// What `--help` shows as a map is one.
#[test]
fn the_map_of_the_help_loads() {
    let help = relevo(&["import", "csv", "--help"]).out;
    let start = help.find("  api: relevo/v1").expect("a map");
    let map: String = help[start..].lines().take_while(|line| line.starts_with("  ")).map(|line| format!("{}\n", &line[2..])).collect();
    let place = Place::new().with("map.yaml", &map).with("in.csv", "Type,Email,Date,Status,Contact ID,Title,Budget,Plants,Systems\nFair 7,ana@acme.example,03/11/2026 15:04,Asked for a demo,7,Plant Manager,\"1.000,50\",-,SAP; Oracle\n");
    let ended = place.call(&["import", "csv", "in.csv", "--map", "map.yaml"], &[]);
    assert_eq!(ended.status, 0, "{map}\n{ended:#?}");
    let event = &documents(&ended.out)[0];
    assert_eq!((&event["kind"], &event["attributes"]), (&json!("demo_requested"), &json!({ "plants": 1, "sap": true })), "{event}");
}

/// Guesses a map for the file, and imports the file by it.
fn guess(csv: &str) -> (String, Ended) {
    let place = Place::new().with("fair.csv", csv);
    let guessed = place.call(&["import", "csv", "fair.csv", "--guess", "--out", "map.yaml"], &[]);
    assert_eq!(guessed.status, 0, "{guessed:#?}");
    let map = std::fs::read_to_string(place.folder.path().join("map.yaml")).expect("written");
    (map, place.call(&["import", "csv", "fair.csv", "--map", "map.yaml"], &[]))
}

#[test]
fn a_guessed_map_loads_and_what_is_missing_keeps_it_from_inventing() {
    let (map, imported) = guess(
        "Contact ID;Name;Work Email;Date;Status;Budget;Plants\n\
         7;Ana Ruiz;ana@acme.example;13/11/2026 15:04;Asked for demo;40.000,50;3\n\
         8;Luis Gil;luis@bravo.example;03/11/2026 09:00;Attended;1.000;1\n",
    );
    assert_eq!(imported.status, 0, "{map}\n{imported:#?}");
    let events = documents(&imported.out);
    assert_interactions(&events);
    assert_eq!((&events[0]["kind"], &events[0]["occurred_at"]), (&json!("demo_requested"), &json!("2026-11-13T15:04:00.000Z")), "{map}");
    assert_eq!((&events[0]["declared"]["budget_usd"], &events[0]["person"]["id"]), (&json!(40_000.5), &json!("7")), "{map}");
    for words in ["attributes.plants", "Nothing is missing", "date: day_first", "hash: true"] {
        assert!(map.contains(words), "no {words:?} in\n{map}");
    }
    assert!(!map.contains("Ana") && !map.contains("acme.example"), "PII-1: a person's values\n{map}");

    let (map, imported) = guess("colour,size\nred,7\nblue,8\n");
    assert!(map.contains("MISSING") && map.contains("CHANGE-ME"), "{map}");
    imported.assert(78, &["RLV-5303", "CHANGE-ME"]);

    let (map, imported) = guess(
        "Website,Stage,Amount,Close Date\nacme.example,Closed Won,\"$40,000.00\",03/04/2026\nbravo.example,Closed Lost,100,05/06/2026\n",
    );
    assert!(imported.status == 0 && map.contains("CHECK: every row could be month_first too"), "{map}\n{imported:#?}");
    let outcome = json!({ "account": "acme.example", "outcome": "won", "at": "2026-04-03T00:00:00.000Z", "value_usd": 40_000 });
    assert_eq!(documents(&imported.out)[0], outcome);
    // Exports of the usual tools are guessed too.
    for name in ["salesforce-campaign-members.csv", "salesforce-opportunities.csv", "hubspot-contacts.csv", "hubspot-deals.csv"] {
        let (map, imported) = guess(&fixture(name));
        assert!(imported.status < 2 || imported.err.contains("CHANGE-ME"), "{name}\n{map}\n{imported:#?}");
    }
}

/// The peak of memory, looked at while the process runs, stays far below what it writes.
#[cfg(target_os = "linux")]
#[test]
fn rows_stream_in_bounded_memory() {
    const ROWS: usize = 400_000;
    let place = Place::new().with("map.yaml", MAP);
    let row =
        |number: usize| format!("{number},03/11/2026 15:04,{},Ana Ruiz,40000\n", if number.is_multiple_of(10) { "Gala" } else { "Demo" });
    let csv: String = std::iter::once(HEADER.to_owned()).chain((0..ROWS).map(row)).collect();
    std::fs::write(place.folder.path().join("in.csv"), csv).expect("written");
    let mut command = place.command(&["import", "csv", "in.csv", "--map", "map.yaml", "--out", "out.ndjson"]);
    let mut child = command.stdout(std::process::Stdio::null()).spawn().expect("it starts");
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    let ended = loop {
        let status = std::fs::read_to_string(&status_file).unwrap_or_default();
        let peak =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")).and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak_kib = peak_kib.max(peak.unwrap_or(0_u64));
        if let Some(ended) = child.try_wait().expect("it is ours") {
            break ended;
        }
        std::thread::yield_now();
    };
    assert_eq!(ended.code(), Some(1));
    let lines = |name: &str| std::fs::read_to_string(place.folder.path().join(name)).expect("written").lines().count();
    assert_eq!((lines("out.ndjson"), lines("out.rejects.csv")), (ROWS / 10 * 9, ROWS / 10 + 1));
    let written_kib = std::fs::metadata(place.folder.path().join("out.ndjson")).expect("written").len() / 1024;
    // Eight bytes an identifier are remembered, to find those that are written twice.
    assert!(peak_kib > 0 && peak_kib < written_kib * 3 / 4, "{peak_kib} KiB for {written_kib} KiB written");
}
