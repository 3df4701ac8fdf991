//! QUAL-4: what takes force, or lies in a state, is verified by whoever folds it; a record that is not what it says is never believed.

use std::sync::Arc;

use relevo::contract::log::{InForce, Offered, Record};
use relevo::engine::verify::{self, NotProved};
use relevo::engine::{Append, Authority, Effect, Outcome, Partition, View};
use relevo::rulebook::{self, Charter, File, Roster, Rulebook};

use crate::ssh::{self, Person};
use crate::world::{PLAIN, START, World, in_force, roster_file, roster_in_force};

const TEAMS: &str = "  mid: { sellers: { eva: {} } }\n";

struct Town {
    ana: Person,
    eva: Person,
    charter: Arc<Charter>,
}

fn charter(ana: &Person, eva: &Person) -> Arc<Charter> {
    let (text, keys) = (ssh::charter(&ana.name, &eva.name), ana.line() + &eva.line());
    let read = Charter::read(File { name: "charter", bytes: text.as_bytes() }, File { name: "keys", bytes: keys.as_bytes() });
    Arc::new(read.expect("a charter"))
}

impl Town {
    fn new() -> Self {
        let (ana, eva) = (Person::new("ana@example.com"), Person::new("eva@example.com"));
        let charter = charter(&ana, &eva);
        Self { ana, eva, charter }
    }

    fn authority(&self) -> Authority {
        Authority { charter: Some(Arc::clone(&self.charter)), ..Authority::default() }
    }

    /// The record of a rulebook that both signed.
    fn law(&self, file: &str, revision: u32) -> InForce {
        InForce {
            signatures: self.ana.signs(file) + &self.eva.signs(file),
            signed_by: vec!["ana@example.com".into(), "eva@example.com".into()],
            charter: self.charter.digest.clone(),
            revision,
            ..in_force(file)
        }
    }

    /// The record of a roster that sales signed.
    fn roster(&self, revision: u32) -> InForce {
        let record = roster_in_force(TEAMS, revision);
        InForce {
            signatures: self.eva.signs(&record.file),
            signed_by: vec!["eva@example.com".into()],
            charter: self.charter.digest.clone(),
            ..record
        }
    }
}

/// Which kind of disbelief.
fn kind(proved: &Result<(), NotProved>) -> &'static str {
    match proved {
        Ok(()) => "holds",
        Err(NotProved::Forged(_)) => "forged",
        Err(NotProved::NoCharter(_)) => "no charter",
        Err(NotProved::Unsigned(_)) => "unsigned",
        Err(NotProved::Unreadable(_)) => "unreadable",
    }
}

#[test]
fn qual_4_a_record_of_the_log_is_believed_only_if_its_signatures_hold() {
    let town = Town::new();
    let nothing = Partition::default();
    let good = town.law(PLAIN, 1);
    let check = |record: &InForce, authority: &Authority, expected: &str| {
        let proved = verify::takes_force::<Rulebook>(&nothing, record, authority);
        assert_eq!(kind(&proved), expected, "{proved:?}");
        let message = proved.err().map_or_else(String::new, |why| why.to_string());
        assert!(!message.contains('@'), "PII-1: {message}");
    };
    let authority = town.authority();
    check(&good, &authority, "holds");
    // What whoever can write to the log would like to say.
    let other = PLAIN.replace("threshold: 10", "threshold: 0");
    let claims = [
        InForce { signatures: String::new(), ..good.clone() },
        InForce { signatures: town.ana.signs(PLAIN), ..good.clone() },
        InForce { signatures: town.ana.signs(PLAIN).repeat(2), ..good.clone() },
        InForce { signed_by: vec!["ana@example.com".into()], ..good.clone() },
        InForce { signed_by: vec!["eva@example.com".into(), "ana@example.com".into()], ..good.clone() },
        InForce { file: other.clone(), ..good.clone() },
        InForce { file: other.clone(), digest: rulebook::digest(other.as_bytes()), ..good.clone() },
        InForce { digest: rulebook::digest(other.as_bytes()), ..good.clone() },
        InForce { revision: 2, ..good.clone() },
    ];
    for claim in &claims {
        check(claim, &authority, "forged");
        check(claim, &Authority { unsigned_allowed: true, ..town.authority() }, "forged");
    }
    check(&InForce { file: "revision: 1".into(), digest: rulebook::digest(b"revision: 1"), ..good.clone() }, &authority, "unreadable");
    // Nobody's signature is enough where that was said, and nowhere else.
    check(&in_force(PLAIN), &authority, "unsigned");
    check(&in_force(PLAIN), &Authority { unsigned_allowed: true, ..Authority::default() }, "holds");
    // The charter that it names, today's or one of the past; one of somebody's own making is at nobody's hand.
    let luis = Person::new("luis@example.com");
    let newer = charter(&town.ana, &luis);
    let rolled_out = Authority { charter: Some(newer), ..Authority::default() };
    check(&good, &rolled_out, "no charter");
    check(&good, &Authority::default(), "no charter");
    let past = Arc::new([(town.charter.digest.clone(), Arc::clone(&town.charter))].into());
    check(&good, &Authority { past, ..rolled_out }, "holds");
}

#[test]
fn qual_4_what_is_signed_is_not_followed_by_a_leap_nor_by_what_nobody_signed() {
    let town = Town::new();
    let unsigned_allowed = Authority { unsigned_allowed: true, ..town.authority() };
    let mut world = World::without_law();
    assert_eq!(world.fold("law", Record::PolicyInForce(town.law(PLAIN, 1)), START).outcome, Outcome::LawChanged);
    let revision = |number: u32| PLAIN.replace("revision: 1\n", &format!("revision: {number}\n"));
    let law = |partition: &Partition, record: &InForce| kind(&verify::takes_force::<Rulebook>(partition, record, &unsigned_allowed));
    let roster = |partition: &Partition, record: &InForce| kind(&verify::takes_force::<Roster>(partition, record, &unsigned_allowed));
    let partition = world.store.partition();
    let told_again = InForce::clone(&partition.law.as_ref().expect("a law").record);
    assert_eq!(law(partition, &told_again), "holds");
    assert_eq!(law(partition, &town.law(&revision(2), 2)), "holds");
    assert_eq!(law(partition, &town.law(&revision(1_001), 1_001)), "holds");
    assert_eq!(law(partition, &town.law(&revision(1_002), 1_002)), "forged", "no leap");
    assert_eq!(law(partition, &InForce { revision: 2, ..in_force(&revision(2)) }), "forged");
    // Either kind.
    assert_eq!(roster(partition, &roster_in_force(TEAMS, 1)), "forged");
    assert_eq!(roster(partition, &town.roster(1)), "holds");
    let mut world = World::without_law();
    world.fold("roster", Record::RosterInForce(town.roster(1)), START);
    assert_eq!(law(world.store.partition(), &in_force(PLAIN)), "forged");
    assert_eq!(roster(world.store.partition(), &InForce { signatures: town.ana.signs(&town.roster(2).file), ..town.roster(2) }), "forged");
}

#[test]
fn qual_4_a_state_is_gone_on_from_only_if_what_it_has_in_force_holds() {
    let town = Town::new();
    let check = |records: &[Record<'_>], authority: &Authority, expected: &str| {
        let mut world = World::without_law();
        records.iter().for_each(|record| drop(world.fold("it", record.clone(), START)));
        let mut rows = Vec::new();
        world.store.write_staged(1, |key, value| rows.push((key.to_vec(), value.map(<[u8]>::to_vec))));
        let mut restored = relevo::state::Store::new(0, 1);
        rows.iter().for_each(|(key, value)| restored.restore(key, value.as_deref()).expect("a row"));
        restored.restored().expect("good rows");
        assert_eq!(kind(&verify::of_state(restored.partition(), authority)), expected);
    };
    let (law, roster) = (town.law(PLAIN, 1), town.roster(1));
    let unsigned = [Record::PolicyInForce(in_force(PLAIN)), Record::RosterInForce(roster_in_force(TEAMS, 1))];
    let trial = Authority { unsigned_allowed: true, ..Authority::default() };
    check(&[], &Authority::default(), "holds");
    check(&[Record::PolicyInForce(law.clone()), Record::RosterInForce(roster.clone())], &town.authority(), "holds");
    check(&[Record::PolicyInForce(law.clone())], &Authority::default(), "no charter");
    check(&[Record::RosterInForce(roster.clone())], &Authority::default(), "no charter");
    check(&unsigned, &trial, "holds");
    check(&unsigned[..1], &town.authority(), "unsigned");
    check(&unsigned[1..], &town.authority(), "unsigned");
    check(&[Record::PolicyInForce(InForce { signatures: town.ana.signs(PLAIN), ..law })], &town.authority(), "forged");
    check(&[Record::RosterInForce(InForce { signatures: town.ana.signs(&roster.file), ..roster })], &town.authority(), "forged");
}

#[test]
fn qual_4_what_nobody_signed_never_follows_what_was_signed_of_either_kind() {
    let town = Town::new();
    let offer = |world: &mut World, record: Record<'_>| -> Option<InForce> {
        let step = world.fold("offer", record, START);
        step.effects.into_iter().find_map(|effect| match effect {
            Effect::Append(_, Append::PolicyInForce(record) | Append::RosterInForce(record)) => Some(record),
            _ => None,
        })
    };
    let offered = |file: &str, signatures: String| Offered { file: file.into(), signatures, unsigned_allowed: true, lacked_by: vec![0] };
    let trial = || {
        let mut world = World::without_law();
        world.store.judges_by(Authority { unsigned_allowed: true, ..town.authority() });
        world
    };
    let roster = roster_file(TEAMS, 1);
    let both = || town.ana.signs(PLAIN) + &town.eva.signs(PLAIN);
    // A signed rulebook, then a roster of nobody's.
    let mut world = trial();
    assert!(offer(&mut world, Record::PolicyOffered(offered(PLAIN, both()))).is_some());
    assert_eq!(offer(&mut world, Record::RosterOffered(offered(&roster, String::new()))), None);
    assert!(offer(&mut world, Record::RosterOffered(offered(&roster, town.eva.signs(&roster)))).is_some());
    // And the other way round.
    let mut world = trial();
    assert!(offer(&mut world, Record::RosterOffered(offered(&roster, town.eva.signs(&roster)))).is_some());
    assert_eq!(offer(&mut world, Record::PolicyOffered(offered(PLAIN, String::new()))), None);
    // What was there before goes on, and is told to nobody who lacks it: they could not tell it from a forged one.
    let mut world = trial();
    let unsigned = offer(&mut world, Record::RosterOffered(offered(&roster, String::new()))).expect("a trial");
    world.fold("roster", Record::RosterInForce(unsigned.clone()), START);
    assert_eq!(offer(&mut world, Record::RosterOffered(offered(&roster, String::new()))), Some(unsigned));
    assert!(offer(&mut world, Record::PolicyOffered(offered(PLAIN, both()))).is_some());
    assert_eq!(offer(&mut world, Record::RosterOffered(offered(&roster, String::new()))), None);
    // What is told bears what proves it.
    let mut world = trial();
    let told = offer(&mut world, Record::RosterOffered(offered(&roster, town.eva.signs(&roster)))).expect("it takes force");
    assert_eq!(kind(&verify::takes_force::<Roster>(&Partition::default(), &told, &town.authority())), "holds");
}
