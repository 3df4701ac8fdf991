//! Rows that are no data, headers that are not first, delimiters, quotes, encodings.

use super::{MAP, column, import, says};

const HEADER: &str = "Mail,When,What\n";

/// A file in which Ana asked for a demo and Eva attended; how many rows were rejected is the status.
fn two(file: &[u8], words: &[&str]) {
    let came = import(file, MAP, &[]);
    assert_eq!(
        column(&came.events, "person.email"),
        ["ana@lumen.example", "eva@cobre.example"],
        "{}\n{}",
        String::from_utf8_lossy(file),
        came.told
    );
    assert_eq!((column(&came.events, "kind"), came.status), (vec!["demo_requested".to_owned(), "attended".to_owned()], 0), "{}", came.told);
    says(&came.told, words);
}

const ANA: &str = "ana@lumen.example,2026-11-13 10:00,Demo\n";
const EVA: &str = "eva@cobre.example,2026-11-13 10:05,Attended\n";

#[test]
fn a_header_is_found_wherever_it_stands() {
    two(format!("Expo leads\nExported 2026-12-01\n\n{HEADER}{ANA}{EVA}").as_bytes(), &["header in line 4", "2 rows above it"]);
    two(format!(",,\n,,\n{HEADER}{ANA}{EVA}").as_bytes(), &["header in line 3"]);
    two(
        format!("Informe,Minutos\nFeria,60\nPonentes\nMail,What,Room\nx@y.example,Attended,4\nAsistentes\n{HEADER}{ANA}{EVA}").as_bytes(),
        &["header in line 7"],
    );
    two(format!("{HEADER}{ANA}{HEADER}{EVA}").as_bytes(), &["1 passed over: the header again"]);
    let came = import(format!("x,y,z\n{HEADER}{ANA}").as_bytes(), MAP, &["--header-line", "2"]);
    assert_eq!(came.events.len(), 1, "{}", came.told);
    // Another table is never read as this one, and that is said.
    let came = import(format!("{HEADER}{ANA}Others\nMail,What,Room\n{EVA}").as_bytes(), MAP, &[]);
    assert_eq!((came.events.len(), came.status), (1, 1), "{}", came.told);
    says(&came.told, &["another table begins in line 4", "--header-line 4"]);
    let came = import(b"1,2,3\n4,5,6\n", MAP, &[]);
    assert!(came.status == 1 && came.told.contains("--header-line"), "{}", came.told);
}

#[test]
fn rows_that_are_no_data_are_passed_over_and_counted() {
    two(
        format!("{HEADER}{ANA},,\n{EVA}\n\"Grand Totals (2 records)\"\n\nConfidential - do not distribute\n").as_bytes(),
        &["1 blank", "2 passed over"],
    );
    two(format!("{HEADER}{ANA}{EVA}Summe,,\n").as_bytes(), &["1 passed over"]);
    two(format!("{HEADER}{ANA}{EVA}Copyright 2026 all rights reserved,,\n").as_bytes(), &["1 passed over"]);
    // Cells that are not there are empty.
    let map = MAP.to_owned() + "  declared.comment: { column: Note }\n  offering: { column: For }\n";
    let came = import(format!("Mail,When,What,For,Note\n{ANA}{}", EVA.replace("Attended", "Attended,crm")).as_bytes(), &map, &[]);
    assert_eq!((column(&came.events, "offering"), came.status), (vec!["-".to_owned(), "crm".to_owned()], 0), "{}", came.told);
    // A person is never small print, and a firm may be called so.
    let came = import(format!("{HEADER}{ANA}eva@cobre.example\n").as_bytes(), MAP, &[]);
    assert_eq!((came.events.len(), came.status), (1, 1), "{}", came.told);
    says(&came.told, &["is missing"]);
}

#[test]
fn a_delimiter_and_quotes_are_those_of_all_rows() {
    let semicolons = |text: &str| text.replace(',', ";");
    two(
        format!("{};What else, if any, please, or so\n{}{}", semicolons(HEADER.trim()), semicolons(ANA), semicolons(EVA)).as_bytes(),
        &["parted by `;`"],
    );
    two(format!("{HEADER}{ANA}{EVA}").replace(',', "\t").as_bytes(), &["parted by tab"]);
    two(format!("{HEADER}{ANA}{EVA}").replace(',', "|").as_bytes(), &["parted by `|`"]);
    let map = MAP.to_owned() + "  declared.comment: { column: Note }\n";
    let came = import(
        b"Mail,When,What,Note\na@x.example,2026-11-13,Demo,\"so \\\"soon, please\\\" twice\"\nb@x.example,2026-11-13,Demo,\"a, b\"\n",
        &map,
        &[],
    );
    assert_eq!(column(&came.events, "declared.comment"), ["so \"soon, please\" twice", "a, b"], "{}", came.told);
    let came = import(format!("{HEADER}{ANA}eva@cobre.example,2026-11-13,Demo,4,5\n").as_bytes(), MAP, &[]);
    assert_eq!((came.events.len(), came.status), (1, 1), "{}", came.told);
    // A name that stands twice is refused, also where the map can do without it.
    let map = MAP.to_owned() + "  company.employees: { column: Staff, optional: true }\n";
    let came = import(format!("Mail,When,What,Staff,STAFF\n{}", ANA.replace("Demo", "Demo,5,230")).as_bytes(), &map, &[]);
    assert_eq!((came.events.len(), came.status), (0, 78));
    says(&came.told, &["RLV-5304", "`Staff` 2 times"]);
    // Spaces that nobody sees.
    two(format!("\u{feff}Mail\u{200b},\u{a0}When,What\u{a0}\n{ANA}{EVA}").as_bytes(), &[]);
}

/// The name that a file of these bytes makes, or what is said instead.
fn name(bytes: &[u8]) -> Result<Vec<String>, String> {
    let map = MAP.to_owned() + "  person.name: { column: Name }\n";
    let file = [b"Mail,When,What,Name\n".as_slice(), bytes].concat();
    let came = import(&file, &map, &[]);
    if came.events.is_empty() { Err(came.told) } else { Ok(column(&came.events, "person.name")) }
}

#[test]
fn letters_are_those_that_were_written_or_the_file_is_refused() {
    let row = |number: usize, name: &[u8]| [format!("p{number}@x.example,2026-11-13,Demo,").as_bytes(), name, b"\n"].concat();
    let all = |names: &[&[u8]]| names.iter().enumerate().flat_map(|(number, name)| row(number, name)).collect::<Vec<u8>>();
    assert_eq!(name(&all(&["Peña".as_bytes(), "Gálvez".as_bytes()])), Ok(vec!["Peña".to_owned(), "Gálvez".to_owned()]));
    assert_eq!(name(&all(&[b"Pe\xf1a", b"G\xe1lvez"])), Ok(vec!["Peña".to_owned(), "Gálvez".to_owned()]));
    assert_eq!(name(&all(&[b"M\xfcller", b"Gr\xfc\xdfe"])), Ok(vec!["Müller".to_owned(), "Grüße".to_owned()]));
    // One row with bytes of another encoding is left out, and the others are as they were written, in a small file and in a large one.
    assert_eq!(name(&all(&["Peña".as_bytes(), b"In\xe9s", "Gálvez".as_bytes()])), Ok(vec!["Peña".to_owned(), "Gálvez".to_owned()]));
    let mut large: Vec<u8> = (100..60_000).flat_map(|number| row(number, b"Ana")).collect();
    large.extend(all(&["Peña".as_bytes(), b"In\xe9s", "Gálvez".as_bytes()]));
    let found = name(&large).expect("names");
    assert_eq!(found[found.len() - 2..], ["Peña".to_owned(), "Gálvez".to_owned()]);
    // Mac Roman, and what no word is in: never with a name that nobody has.
    for spoiled in [b"Jos\x8e".as_slice(), b"M\x9fller", b"Pe\x96a", b"Fran\x8dois"] {
        let told = name(&all(&[spoiled])).expect_err("refused");
        says(&told, &["RLV-5305", "macintosh"]);
    }
    assert_eq!(name(&all(&[b"H\0go", b"Eva"])), Ok(vec!["Eva".to_owned()]));
    let wide = |text: &str| text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect::<Vec<u8>>();
    for bytes in [wide("\u{feff}Mail,When\na,b\n"), wide("Mail,When\na,b\n")] {
        let came = import(&bytes, MAP, &[]);
        assert_eq!(came.status, 1);
        says(&came.told, &["RLV-5305", "UTF-32", "save it as CSV UTF-8"]);
    }
    for page in ["<html><body><table><tr><td>Mail</td></tr></table>", "\n<!DOCTYPE html>\n<p>x</p>", "<?xml version=\"1.0\"?><x/>"] {
        let came = import(page.as_bytes(), MAP, &[]);
        assert!(came.status == 1 && came.told.contains("ML") && came.told.contains("save it as CSV"), "{}", came.told);
    }
    let came = import(
        &[b"Mail,When,What,Name\n".as_slice(), &row(1, b"Jos\x8e")].concat(),
        &(MAP.to_owned() + "  person.name: { column: Name }\n"),
        &["--encoding", "macintosh"],
    );
    assert_eq!(column(&came.events, "person.name"), ["José"]);
}

#[test]
fn a_reject_names_the_column_that_is_to_blame_and_nothing_is_no_success() {
    let map = MAP.replace("join: [Mail, When, What]", "join: [Mail, Joined]") + "";
    let came = import(b"Mail,When,Joined,What\na@x.example,2026-11-13,--,Demo\n", &map, &[]);
    assert_eq!(came.status, 1);
    says(&came.told, &["field `interaction_id`, from `Joined`, is missing", "Nothing went through"]);
    let when = MAP.replace("fields:", "when: [{ column: What, in: [Gala] }]\nfields:");
    let came = import(format!("{HEADER}{ANA}{ANA}{EVA}").as_bytes(), &when, &[]);
    assert_eq!(came.status, 1);
    says(&came.told, &["Nothing went through: the map's `when` takes none", "2 × Demo", "1 × Attended"]);
}
