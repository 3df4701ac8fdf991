//! Charter, allowed signers and signatures: what makes a rulebook an agreed one, and every way in which it is none. Keys and signatures
//! are made by the real `ssh-keygen`.

use std::process::Command;

use relevo::contract::Timestamp;
use relevo::rulebook::{self, Charter, Diagnostic, File, Tally};

use crate::ssh::{NAMESPACE, Person, charter, run};

const RULEBOOK: &str = include_str!("../kafka/data/rulebook.yaml");

fn read(charter: &str, allowed_signers: &str) -> Result<Charter, Vec<Diagnostic>> {
    let file = |name, text: &'static str| File { name, bytes: text.as_bytes() };
    let leak = |text: &str| -> &'static str { String::leak(text.to_owned()) };
    Charter::read(file("charter.yaml", leak(charter)), file("allowed_signers", leak(allowed_signers)))
}

/// Two people who sign, and their charter.
struct Two {
    ana: Person,
    eva: Person,
}

impl Two {
    fn new() -> Self {
        Self { ana: Person::new("ana@example.com"), eva: Person::new("eva@example.com") }
    }

    fn text(&self) -> String {
        charter(&self.ana.name, &self.eva.name)
    }

    fn signers(&self) -> String {
        format!("# who signs\n\n{}{}", self.ana.line(), self.eva.line())
    }

    fn charter(&self) -> Charter {
        read(&self.text(), &self.signers()).expect("a charter")
    }
}

fn tally(charter: &Charter, signatures: &str) -> Tally {
    let at = rulebook::compile(RULEBOOK.as_bytes(), "rulebook").expect("it compiles").effective_from;
    charter.tally::<rulebook::Rulebook>(RULEBOOK.as_bytes(), at, File { name: "0001.sigs", bytes: signatures.as_bytes() })
}

/// Whether the signatures agree, and the codes with their lines of everything that does not count.
#[track_caller]
fn check(charter: &Charter, signatures: &str, agreed: bool, expected: &[(u16, usize)]) -> Tally {
    let tally = tally(charter, signatures);
    let found: Vec<(u16, usize)> = tally.findings.iter().map(|finding| (finding.code.number, finding.line)).collect();
    assert_eq!((tally.is_agreed(), found.as_slice()), (agreed, expected), "{:#?}", tally.findings);
    // What hinders is an error, what does not is a warning; each says what to do.
    assert!(tally.findings.iter().all(|finding| finding.is_error() != agreed && finding.help.is_some()), "{:#?}", tally.findings);
    tally
}

#[test]
fn qual_4_two_people_of_two_parties_agree_and_their_names_are_kept() {
    let two = Two::new();
    let charter = two.charter();
    let (ana, eva) = (two.ana.signs(RULEBOOK), two.eva.signs(RULEBOOK));
    check(&charter, &format!("{ana}{eva}"), true, &[]);
    check(&charter, &format!("{eva}\n# sales came first\n{ana}"), true, &[]);
    let compiled = || rulebook::compile(RULEBOOK.as_bytes(), "rulebook").expect("it compiles");
    let signatures = format!("{eva}{ana}");
    let signatures = File { name: "0001.sigs", bytes: signatures.as_bytes() };
    let agreed = charter.agree(compiled(), RULEBOOK.as_bytes(), signatures).expect("agreed");
    assert_eq!(agreed.signed_by(), ["ana@example.com", "eva@example.com"]);
    assert_eq!(agreed.charter(), &rulebook::digest(format!("{}{}", two.text(), two.signers()).as_bytes()));
    assert_eq!(agreed.revision().revision, 1);
    let nobody = charter.agree(compiled(), RULEBOOK.as_bytes(), File { name: "0001.sigs", bytes: b"" });
    assert_eq!(nobody.expect_err("nobody signed").1.parties[1].unsigned, ["eva@example.com"]);
}

#[test]
fn every_kind_of_key_that_openssh_makes_signs_with_either_hash() {
    let eva = Person::new("eva@example.com");
    for kind in [
        ["-t", "ed25519", "-b", "256"],
        ["-t", "ecdsa", "-b", "256"],
        ["-t", "ecdsa", "-b", "384"],
        ["-t", "ecdsa", "-b", "521"],
        ["-t", "rsa", "-b", "2048"],
        ["-t", "rsa", "-b", "3072"],
        ["-t", "rsa", "-b", "4096"],
    ] {
        let ana = Person::with_key("ana@example.com", &kind);
        let charter = read(&charter(&ana.name, &eva.name), &(ana.line() + &eva.line())).expect("a charter");
        for hash in ["hashalg=sha512", "hashalg=sha256"] {
            let signature = ana.signs_as(NAMESPACE, RULEBOOK.as_bytes(), &["-O", hash]);
            check(&charter, &(signature + &eva.signs(RULEBOOK)), true, &[]);
        }
    }
}

#[test]
fn what_agrees_here_verifies_with_ssh_keygen_and_the_other_way_round() {
    let two = Two::new();
    let folder = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("allowed_signers"), two.signers()).expect("written");
    // White space that an editor or a mail has put in hinders neither.
    let signature = two.ana.signs(RULEBOOK);
    let folded = signature.replacen("U1NIU0lH", "U1NIU0\n lH", 1);
    assert_ne!(folded, signature);
    assert!(tally(&two.charter(), &signature.replace('\n', "\r\n")).parties[0].has_agreed(), "a file from another system");
    for (signature, valid) in [(signature.clone(), true), (folded, true), (two.ana.signs("other"), false)] {
        std::fs::write(path("one.sig"), &signature).expect("written");
        let mut command = Command::new("ssh-keygen");
        command
            .args(["-Y", "verify", "-n", NAMESPACE, "-I", "ana@example.com", "-f"])
            .arg(path("allowed_signers"))
            .arg("-s")
            .arg(path("one.sig"));
        command.stdin(std::process::Stdio::from(file_of(RULEBOOK)));
        let said = command.output().expect("it runs").status.success();
        let ours = tally(&two.charter(), &signature).parties[0].has_agreed();
        assert_eq!((said, ours), (valid, valid), "{signature}");
    }
    // And a file of ours is one that `find-principals` understands.
    std::fs::write(path("one.sig"), signature).expect("written");
    let mut command = Command::new("ssh-keygen");
    command.args(["-Y", "find-principals", "-f"]).arg(path("allowed_signers")).arg("-s").arg(path("one.sig"));
    assert_eq!(String::from_utf8_lossy(&run(command, b"").stdout).trim(), "ana@example.com");
}

fn file_of(text: &str) -> std::fs::File {
    use std::io::{Seek as _, Write as _};
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(text.as_bytes()).expect("written");
    file.rewind().expect("a plain file");
    file
}

#[test]
fn qual_4_what_does_not_count_is_told_with_its_place_and_hinders_only_who_lacks_it() {
    let two = Two::new();
    let charter = two.charter();
    let (ana, eva, luis) = (two.ana.signs(RULEBOOK), two.eva.signs(RULEBOOK), Person::new("luis@example.com"));
    // Nobody, and one alone.
    check(&charter, "", false, &[(2103, 1), (2103, 1)]);
    let tally = check(&charter, &ana, false, &[(2103, 1)]);
    assert_eq!(tally.findings[0].message, "party `sales` has 0 of 1 signatures");
    // A byte was changed after eva signed; her signature is over another file.
    let lines = ana.lines().count();
    let place = lines + 1;
    check(&charter, &(ana.clone() + &two.eva.signs(RULEBOOK.replacen("50", "51", 1))), false, &[(2124, place), (2103, 1)]);
    check(&charter, &(ana.clone() + &two.eva.signs(format!("{RULEBOOK}\n"))), false, &[(2124, place), (2103, 1)]);
    // A stranger; somebody whose key is allowed, and who is nobody in the charter.
    check(&charter, &(ana.clone() + &luis.signs(RULEBOOK)), false, &[(2121, place), (2103, 1)]);
    let known = read(&two.text(), &(two.signers() + &luis.line())).expect("a charter");
    let tally = check(&known, &(ana.clone() + &luis.signs(RULEBOOK)), false, &[(2121, place), (2103, 1)]);
    assert!(tally.findings[0].message.ends_with("is of nobody in the charter"), "{:?}", tally.findings[0]);
    // Another namespace.
    check(&charter, &(ana.clone() + &two.eva.signs_as("git", RULEBOOK.as_bytes(), &[])), false, &[(2123, place), (2103, 1)]);
    // The same person twice.
    check(&charter, &format!("{ana}{ana}"), false, &[(2125, place), (2103, 1)]);
    // No signature at all, one that was cut off, one that was changed.
    check(&charter, &(ana.clone() + "signed: eva\n"), false, &[(2120, place), (2103, 1)]);
    check(&charter, &(ana.clone() + &eva[..eva.len() / 2]), false, &[(2120, place), (2103, 1)]);
    check(&charter, &(ana.clone() + &eva.replacen("U1NIU0lH", "U1NIU0lI", 1)), false, &[(2120, place), (2103, 1)]);
    check(&charter, &(ana.clone() + &eva.replacen("-----END", "----END", 1)), false, &[(2120, place), (2103, 1)]);
    // With both, none of it matters, and all of it is told.
    let all = format!("{ana}{}{eva}{}", luis.signs(RULEBOOK), two.ana.signs("draft"));
    check(&charter, &all, true, &[(2121, place), (2124, 3 * lines + 1)]);
    // No message bears a name.
    assert!(check(&charter, "", false, &[(2103, 1), (2103, 1)]).findings.iter().all(|finding| !finding.to_string().contains('@')));
}

#[test]
fn files_of_signatures_are_bounded() {
    let two = Two::new();
    let charter = two.charter();
    let (ana, eva) = (two.ana.signs(RULEBOOK), two.eva.signs(RULEBOOK));
    let many = ana.repeat(32) + &eva;
    let found = tally(&charter, &many);
    assert!(!found.is_agreed() && found.findings.iter().any(|finding| finding.message.contains("at most 32")), "{found:?}");
    let long = format!("{ana}{eva}{}", "# and so on\n".repeat(10_000));
    check(&charter, &long, false, &[(2120, 1), (2103, 1), (2103, 1)]);
}

#[test]
fn validity_is_judged_at_effective_from_and_not_when_somebody_looks() {
    let two = Two::new();
    let signed = two.ana.signs(RULEBOOK) + &two.eva.signs(RULEBOOK);
    let place = two.ana.signs(RULEBOOK).lines().count() + 1;
    let with = |options: &str| read(&two.text(), &(two.ana.line() + &two.eva.line_with(options))).expect("a charter");
    // The rulebook takes force at 2026-01-01T00:00:00Z: both ends count.
    assert_eq!(
        rulebook::compile(RULEBOOK.as_bytes(), "rulebook").expect("it compiles").effective_from,
        Timestamp::parse("2026-01-01T00:00:00Z").expect("a time")
    );
    for options in [
        "valid-after=\"20260101Z\"",
        "valid-before=\"20260101Z\"",
        "valid-after=\"20251231Z\",valid-before=\"202601010000Z\"",
        "VALID-BEFORE=\"20260101000000Z\",namespaces=\"git,relevo-*\"",
        "valid-before=20270101Z",
    ] {
        check(&with(options), &signed, true, &[]);
    }
    for options in [
        "valid-before=\"20251231Z\"",
        "valid-after=\"20260102Z\"",
        "valid-before=\"20251231235959Z\"",
        "namespaces=\"relevo-rulebook\",valid-after=\"202601010001Z\"",
    ] {
        check(&with(options), &signed, false, &[(2122, place), (2103, 1)]);
    }
    // An older key of hers has expired, a newer one is valid: a line each.
    let newer = Person::new("eva@example.com");
    let keys = two.ana.line() + &two.eva.line_with("valid-before=\"20251231Z\"") + &newer.line_with("valid-after=\"20251231Z\"");
    let charter = read(&two.text(), &keys).expect("a charter");
    check(&charter, &(two.ana.signs(RULEBOOK) + &newer.signs(RULEBOOK)), true, &[]);
    check(&charter, &(two.ana.signs(RULEBOOK) + &newer.signs(RULEBOOK) + &two.eva.signs(RULEBOOK)), true, &[(2122, 2 * place - 1)]);
    // A time without a zone is UTC, and that is said.
    assert_eq!(with("valid-before=\"20270101\"").warnings.iter().map(|warning| warning.code.number).collect::<Vec<_>>(), [2115]);
    // A key that may not sign rulebooks: too few can.
    let refused = read(&two.text(), &(two.ana.line() + &two.eva.line_with("namespaces=\"git\""))).expect_err("eva can't sign");
    assert_eq!(refused[0].code.number, 2114);
}

#[test]
fn one_person_with_two_keys_is_one_person() {
    let two = Two::new();
    let second = Person::new("ana@example.com");
    let text =
        two.text().replace("{ needed: 1, signers: [ana@example.com] }", "{ needed: 2, signers: [ana@example.com, luis@example.com] }");
    let luis = Person::new("luis@example.com");
    let charter = read(&text, &(two.signers() + &second.line() + &luis.line())).expect("a charter");
    let (first, other, eva) = (two.ana.signs(RULEBOOK), second.signs(RULEBOOK), two.eva.signs(RULEBOOK));
    let place = first.lines().count() + 1;
    check(&charter, &format!("{first}{other}{eva}"), false, &[(2125, place), (2103, 1)]);
    check(&charter, &format!("{first}{}{eva}", luis.signs(RULEBOOK)), true, &[]);
}

/// What a charter with this text and these allowed signers is refused for: code, file and line of each error.
#[track_caller]
fn refused(text: &str, allowed_signers: &str, expected: &[(u16, &str, usize)]) {
    let diagnostics = read(text, allowed_signers).expect_err("it is no charter");
    let found: Vec<_> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .map(|diagnostic| (diagnostic.code.number, diagnostic.file.as_str(), diagnostic.line))
        .collect();
    assert_eq!(found, expected, "{diagnostics:#?}");
    // PII-1: places, and no names.
    assert!(diagnostics.iter().all(|diagnostic| !diagnostic.message.contains('@')), "{diagnostics:#?}");
}

#[test]
fn a_charter_that_is_none_says_everything_that_is_wrong() {
    let two = Two::new();
    let (text, signers) = (two.text(), two.signers());
    let head = "api: relevo/v1\nkind: Charter\n";
    refused("parties: [", &signers, &[(2111, "charter.yaml", 1)]);
    refused("", &signers, &[(2111, "charter.yaml", 1)]);
    refused(head, &signers, &[(2112, "charter.yaml", 1)]);
    refused(&format!("{head}parties:\n"), &signers, &[(2112, "charter.yaml", 1)]);
    refused(&format!("{head}parties: {{}}\n"), &signers, &[(2112, "charter.yaml", 3)]);
    refused(&format!("{head}parties: [marketing, sales]\n"), &signers, &[(2111, "charter.yaml", 3)]);
    refused(&text.replace("kind: Charter", "kind: Rulebook"), &signers, &[(2111, "charter.yaml", 2)]);
    refused(&text.replace("parties:", "partys:"), &signers, &[(2111, "charter.yaml", 3)]);
    refused(&text.replace("needed: 1", "needed: 0"), &signers, &[(2111, "charter.yaml", 4), (2111, "charter.yaml", 5)]);
    refused(&text.replacen("needed: 1", "needed: 2", 1), &signers, &[(2111, "charter.yaml", 4)]);
    refused(&text.replacen("needed: 1", "needed: 0.5", 1), &signers, &[(2111, "charter.yaml", 4)]);
    refused(&text.replacen("needed: 1, ", "", 1), &signers, &[(2111, "charter.yaml", 4)]);
    refused(&text.replacen("ana@example.com", "'*'", 1), &signers, &[(2111, "charter.yaml", 4), (2111, "charter.yaml", 4)]);
    refused(&text.replacen("ana@example.com", "ana@example.com, ana@example.com", 1), &signers, &[(2111, "charter.yaml", 4)]);
    refused(&text.replacen("  sales:", "  marketing:", 1), &signers, &[(2111, "charter.yaml", 5)]);
    // One person for two parties: by name, and by key.
    refused(&text.replace("eva@example.com", "ana@example.com"), &signers, &[(2113, "charter.yaml", 5)]);
    let one_key = format!("{}eva@example.com {}\n", two.ana.line(), two.ana.public);
    refused(&text, &one_key, &[(2113, "allowed_signers", 2)]);
    refused(&text, &format!("ana@example.com,eva@example.com {}\n", two.ana.public), &[(2113, "allowed_signers", 1)]);
    refused(&text, &format!("*@example.com {}\n", two.ana.public), &[(2113, "allowed_signers", 1)]);
    // A party that could never sign.
    refused(&text, &two.ana.line(), &[(2114, "charter.yaml", 5)]);
    refused(&text, "", &[(2114, "charter.yaml", 4), (2114, "charter.yaml", 5)]);
    // Bounds: long files, bombs, and what is no text.
    refused(&format!("{text}#{}", " ".repeat(64 * 1024)), &signers, &[(2110, "charter.yaml", 1)]);
    refused(&text, &format!("{signers}#{}", " ".repeat(256 * 1024)), &[(2110, "allowed_signers", 1)]);
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n";
    let found = read(&format!("{text}{bomb}"), &signers).expect_err("a bomb");
    assert!(found.iter().all(|diagnostic| diagnostic.code.number == 2111), "{found:#?}");
    let binary =
        Charter::read(File { name: "charter.yaml", bytes: b"api: \xff" }, File { name: "allowed_signers", bytes: signers.as_bytes() });
    assert_eq!(binary.expect_err("no text")[0].code.number, 2110);
    // An anchor is YAML all the same; one party alone is said.
    let anchored = text.replacen("{ needed: 1, signers: [ana@example.com] }", "{ needed: &n 1, signers: [ana@example.com] }", 1);
    let anchored = anchored.replacen("sales: { needed: 1", "sales: { needed: *n", 1);
    read(&anchored, &signers).expect("anchors are YAML");
    let alone = read(&text.replace("  sales: { needed: 1, signers: [eva@example.com] }\n", ""), &signers).expect("a charter");
    assert_eq!(alone.warnings[0].code.number, 2112);
}

#[test]
fn who_must_sign_is_read_as_it_is_seen() {
    let two = Two::new();
    let (text, signers) = (two.text(), two.signers());
    for unseen in ["\u{202e}", "\u{200b}", "\u{feff}", "\u{2028}", "\u{a0}", "\u{ad}"] {
        refused(&format!("# both{unseen} sign\n{text}"), &signers, &[(2127, "charter.yaml", 1)]);
        refused(&text, &format!("{signers}# luis{unseen} left\n"), &[(2127, "allowed_signers", 5)]);
    }
    refused(&text, &signers.replacen("ana@", "\u{2066}ana@", 1), &[(2127, "allowed_signers", 3)]);
    // A letter of another script in a name is warned of: the other party may well read their own name in it.
    let mixed = read(&format!("# аna signs\n{text}"), &signers).expect("a charter");
    let mixed: Vec<_> = mixed.warnings.iter().map(|warning| (warning.code.number, warning.line)).collect();
    assert_eq!(mixed, [(2128, 1)]);
}

#[test]
fn allowed_signers_are_read_as_openssh_reads_them() {
    let two = Two::new();
    let (ana, eva) = (&two.ana.public, two.eva.line());
    let signature = two.ana.signs(RULEBOOK) + &two.eva.signs(RULEBOOK);
    for line in [
        format!("ana@example.com {ana}"),
        format!("  ana@example.com\t{ana}   a comment with spaces  "),
        format!("\"ana@example.com\" {ana}"),
        format!("ana@elsewhere.example,ana@example.com {ana}"),
        format!("ana@*,!eva@example.com {ana}"),
        format!("ana@example.com namespaces=\"git,{NAMESPACE}\" {ana} # no comment"),
        format!("ana@example.com {ana}\r"),
    ] {
        let charter = read(&two.text(), &format!("{line}\n{eva}")).unwrap_or_else(|found| panic!("{line}: {found:#?}"));
        check(&charter, &signature, true, &[]);
    }
    // Lines that are about somebody else, for another purpose, hinder nobody.
    let other = Person::with_key("ci@example.com", &["-t", "ecdsa"]);
    let lines = format!(
        "{}ci@example.com cert-authority,namespaces=\"git\" {}\n{}{eva}",
        other.line_with("namespaces=\"git\""),
        other.public,
        two.ana.line()
    );
    check(&read(&two.text(), &lines).expect("a charter"), &signature, true, &[]);

    let weak = Person::with_key("ana@example.com", &["-t", "rsa", "-b", "1024"]);
    let good = two.ana.line();
    let bad = |line: &str| refused(&two.text(), &format!("# signers\n{good}{eva}{line}\n"), &[(2115, "allowed_signers", 4)]);
    bad("luis@example.com");
    bad("luis@example.com ssh-ed25519");
    bad("luis@example.com ssh-ed25519 AAAA");
    bad(&format!("luis@example.com {}", ana.replace("AAAA", "AAAB")));
    bad(&format!("luis@example.com namespace=\"x\" {ana}"));
    bad(&format!("luis@example.com valid-before=\"2026-01-01\" {}", other.public));
    bad(&format!("luis@example.com valid-before=\"20261301Z\" {}", other.public));
    bad(&format!("luis@example.com valid-after=\"20270101Z\",valid-before=\"20260101Z\" {}", other.public));
    bad(&format!("ana@example.com cert-authority {}", other.public));
    bad(&weak.line());
    bad("luis@example.com ssh-dss AAAAB3NzaC1kc3MAAACBAP");
    bad(&format!("ana@example.com no-touch-required {}", other.public));
}

#[test]
fn names_that_differ_in_case_alone_are_warned_of() {
    let (ana, other) = (Person::new("ana@example.com"), Person::new("Ana@example.com"));
    let (text, signers) = (charter(&ana.name, &other.name), ana.line() + &other.line());
    let read = Charter::read(File { name: "charter", bytes: text.as_bytes() }, File { name: "keys", bytes: signers.as_bytes() });
    let warnings = read.expect("a charter all the same").warnings;
    assert_eq!(warnings.iter().map(|warning| warning.code.number).collect::<Vec<_>>(), [2113]);
}
