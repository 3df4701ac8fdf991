//! A whole agreement's folder as its people check it: charter, allowed signers, and who has signed what.

use crate::program::Place;
use crate::ssh::{Person, charter};

const RULEBOOK: &str = include_str!("../kafka/data/rulebook.yaml");

/// Two people, their charter, and a rulebook that they have signed so far.
fn place(ana: &Person, eva: &Person, signatures: &str) -> Place {
    Place::new()
        .with("agreement/charter.yaml", &charter(&ana.name, &eva.name))
        .with("agreement/allowed_signers", &(ana.line() + &eva.line()))
        .with("agreement/rulebooks/0001.yaml", RULEBOOK)
        .with("agreement/rulebooks/0001.sigs", signatures)
}

/// Checks the folder: how it ends and what it prints.
fn check(place: &Place, status: i32, said: &[&str]) -> String {
    let ended = place.call(&["rules", "check", "agreement"], &[]);
    assert_eq!((ended.status, ended.err.as_str()), (status, ""), "{ended:#?}");
    for words in said {
        assert!(ended.out.contains(words), "no {words:?} in\n{}", ended.out);
    }
    ended.out
}

#[test]
fn who_has_signed_and_who_has_not_is_a_table() {
    let (ana, eva) = (Person::new("ana@example.com"), Person::new("eva@example.com"));
    // A draft is checked before it is signed: that is no error.
    let out = check(&place(&ana, &eva, ""), 0, &["0001.yaml", "marketing", "sales", "NOT YET", "digest of the charter: sha256:"]);
    let lacks = |out: &str, who: &str| {
        let said = format!("The text is well. Before it can be law, these have to sign:\n  0001.yaml: {who}\n");
        assert!(out.ends_with(&said) && !out.contains("All is well"), "{out}");
    };
    lacks(&out, "1 of marketing (ana@example.com), 1 of sales (eva@example.com)");
    let out = check(&place(&ana, &eva, &ana.signs(RULEBOOK)), 0, &[]);
    lacks(&out, "1 of sales (eva@example.com)");
    let row = |party: &str| out.lines().find(|line| line.contains(party)).unwrap_or_else(|| panic!("no {party} in\n{out}")).to_owned();
    assert!(row("marketing").ends_with("ana@example.com") && row("sales").ends_with("eva@example.com"), "{out}");
    let both = ana.signs(RULEBOOK) + &eva.signs(RULEBOOK);
    check(&place(&ana, &eva, &both), 0, &["All is well"]);
}

/// Who signs as the tool's own page says has a file of their own: it is named, with the line that helps.
#[test]
fn a_signature_in_a_file_of_its_own_is_named() {
    let (ana, eva) = (Person::new("ana@example.com"), Person::new("eva@example.com"));
    let place = place(&ana, &eva, &ana.signs(RULEBOOK)).with("agreement/rulebooks/0001.yaml.sig", &eva.signs(RULEBOOK));
    let help = "cat agreement/rulebooks/0001.yaml.sig >> agreement/rulebooks/0001.sigs";
    check(&place, 0, &["warning[RLV-2173]", "agreement/rulebooks/0001.yaml.sig", help, "1 of sales (eva@example.com)"]);
    // Once both have signed, what is left of it says nothing.
    let place = place.with("agreement/rulebooks/0001.sigs", &(ana.signs(RULEBOOK) + &eva.signs(RULEBOOK)));
    let out = check(&place, 0, &["All is well"]);
    assert!(!out.contains("RLV-2173"), "{out}");
}

#[test]
fn signatures_that_do_not_count_and_charters_that_are_none_are_drawn_in_their_place() {
    let (ana, eva) = (Person::new("ana@example.com"), Person::new("eva@example.com"));
    let stale = ana.signs(RULEBOOK) + &eva.signs(format!("{RULEBOOK}# changed\n"));
    check(
        &place(&ana, &eva, &stale),
        1,
        &["error[RLV-2124]", "agreement/rulebooks/0001.sigs:", "-----BEGIN SSH SIGNATURE-----", "1 error"],
    );
    let unreadable = place(&ana, &eva, "");
    std::fs::write(unreadable.folder.path().join("agreement/rulebooks/0001.sigs"), b"\xff\xfe").expect("written");
    let out = check(&unreadable, 1, &["error[RLV-2126]", "agreement/rulebooks/0001.sigs:1", "it is not UTF-8 from byte 1 on", "= help:"]);
    assert!(!out.contains("RLV-2103"), "{out}");
    let broken = place(&ana, &eva, "").with("agreement/charter.yaml", &charter("ana@example.com", "ana@example.com"));
    check(&broken, 1, &["error[RLV-2113]", "agreement/charter.yaml:5", "nobody signs for two parties"]);
    let broken = place(&ana, &eva, "").with("agreement/allowed_signers", &(ana.line() + "eva@example.com ssh-ed25519 AAAA\n"));
    check(&broken, 1, &["error[RLV-2115]", "agreement/allowed_signers:2"]);
    std::fs::remove_file(broken.folder.path().join("agreement/allowed_signers")).expect("removed");
    check(&broken, 1, &["error[RLV-2110]", "allowed_signers", "can't be read"]);
}

#[test]
fn a_start_needs_a_charter_that_is_one() {
    let (ana, eva) = (Person::new("ana@example.com"), Person::new("eva@example.com"));
    let configuration = "pod: pod-0\nkafka: {bootstrap_servers: [\"127.0.0.1:1\"]}\nhttp: {listen: \"127.0.0.1:0\"}\n";
    let broken = place(&ana, &eva, "").with("relevo.yaml", configuration).with("agreement/charter.yaml", "parties: {}\n");
    // Whatever it is started with: a charter that is there has to be one.
    for arguments in [&["run"][..], &["run", "--allow-unsigned"]] {
        broken.call(arguments, &[]).assert(78, &["RLV-2111", "RLV-2112", "agreement/charter.yaml, line 1", "what to do"]);
    }
    let gone = [("RELEVO__RULEBOOK__ALLOWED_SIGNERS", "elsewhere/allowed_signers")];
    place(&ana, &eva, "").with("relevo.yaml", configuration).call(&["run"], &gone).assert(78, &["RLV-2110", "elsewhere/allowed_signers"]);
}

/// A roster of this revision, with these teams.
fn roster(revision: u32, further: &str, teams: &str) -> String {
    format!("api: relevo/v1\nkind: Roster\nrevision: {revision}\n{further}effective_from: 2026-11-01T00:00:00Z\nteams:\n{teams}")
}

#[test]
fn rosters_are_checked_with_the_agreement_whose_teams_they_name() {
    let (ana, eva) = (Person::new("ana@example.com"), Person::new("eva@example.com"));
    let with = |files: &[(&str, &str)]| {
        let both = ana.signs(RULEBOOK) + &eva.signs(RULEBOOK);
        files.iter().fold(place(&ana, &eva, &both), |place, (name, text)| place.with(&format!("agreement/rosters/{name}"), text))
    };
    // What is the rulebook's is found by what it warns of: a roster of another team leaves each of the rulebook's out.
    let stranger = roster(1, "", "  nowhere-at-all: { sellers: { eva: {} } }\n");
    let out = check(
        &with(&[("0001.yaml", &stranger)]),
        0,
        &[
            "warning[RLV-2132]",
            "agreement/rosters/0001.yaml:6:3",
            "has no team `nowhere-at-all`",
            "has no sellers here",
            "rosters/0001.yaml: 1 of sales (eva@example.com)",
        ],
    );
    assert!(!out.contains("of marketing"), "sales alone signs\n{out}");
    let (_, rest) = out.split_once("warning[RLV-2132]: team `").expect("a team is left out");
    let (team, _) = rest.split_once('`').expect("a name");
    let good = roster(1, "", &format!("  {team}: {{ sellers: {{ eva: {{}} }} }}\n"));
    let signed = eva.signs(&good);
    let out = check(&with(&[("0001.yaml", &good), ("0001.sigs", &signed)]), 0, &["1 team, 1 seller", "digest of roster 1"]);
    assert!(!out.contains("has to sign before"), "{out}");
    // Marketing's signature does not count for it.
    check(&with(&[("0001.yaml", &good), ("0001.sigs", &ana.signs(&good))]), 0, &["rosters/0001.yaml: 1 of sales (eva@example.com)"]);
    check(&with(&[("0001.yaml", &good), ("0001.sigs", &eva.signs("other"))]), 1, &["error[RLV-2124]", "agreement/rosters/0001.sigs:"]);
    // Two mistakes of a file and a broken chain, all at once.
    let broken = roster(2, "", "  mid: { sellers: { eva: { weight: 11 }, luis: { calender: x } } }\n");
    check(
        &with(&[("0001.yaml", &good), ("0002.yaml", &broken), ("0003.yaml", &roster(3, "", "  mid: { sellers: { eva: {} } }\n"))]),
        1,
        &["error[RLV-2130]", "agreement/rosters/0002.yaml:6:", "`calendar`", "RLV-2101", "revisions grow by one", "3 errors"],
    );
}
