//! The sample of the design's page loads, without a warning, and means what it says.

use relevo::contract::{Class, Kind};
use relevo::rulebook::{Term, compile, digest};

const SAMPLE: &[u8] = include_bytes!("sample.yaml");

#[test]
fn the_sample_loads() {
    let rulebook = compile(SAMPLE, "sample.yaml").unwrap_or_else(|found| panic!("{found:#?}"));
    assert!(rulebook.warnings.is_empty(), "{:#?}", rulebook.warnings);
    assert_eq!((rulebook.revision, rulebook.digest), (7, digest(SAMPLE)));
    assert_eq!(rulebook.effective_from.to_string(), "2026-12-01T06:00:00.000Z");
    assert_eq!((rulebook.fit.criteria.len(), rulebook.intent.criteria.len(), rulebook.routes.len()), (2, 2, 2));
    assert_eq!(rulebook.role_classes.get("cfo").map(|class| class.as_str()), Some("business_user"));
    let (enterprise, mid) = (&rulebook.teams["enterprise"], &rulebook.teams["mid"]);
    assert_eq!((&enterprise.respond_within, &mid.respond_within), (&Term::parse("5m"), &Term::parse("15m")));
    assert_eq!((&enterprise.touch_every, &enterprise.cooldown_ms), (&Term::parse("2d"), &mid.cooldown_ms));
    assert_eq!(rulebook.examples.iter().map(|example| example.given.len()).collect::<Vec<_>>(), [1, 4]);
}

#[test]
fn qual_1_a_class_is_lowered_and_never_raised() {
    let rulebook = compile(SAMPLE, "sample.yaml").expect("the sample loads");
    assert_eq!(rulebook.class_of(&Kind::ContactRequested), Class::Weak);
    assert_eq!(rulebook.class_of(&Kind::DemoRequested), Class::Intent);
    let raised = String::from_utf8_lossy(SAMPLE).replace("contact_requested: weak", "attended: intent");
    let found = compile(raised.as_bytes(), "raised.yaml").expect_err("attending can't become intent");
    assert_eq!((found[0].code.number, found[0].line), (relevo::contract::code::RULEBOOK_CEILING.number, 14));
}
