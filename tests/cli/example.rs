//! Events to try a deployment with: good by the contract, of today, and one on a line.

use relevo::contract::account_key::FreeMail;
use relevo::contract::activity::{Activity, ActorKind, Deed, Touch};
use relevo::contract::{Interaction, Timestamp};

use crate::program::{Ended, relevo};

const LEAD: &str = "L-MFRGGZDFMZTWQ2LKNNWG23TP";

/// What a console producer sends: one line.
fn line(ended: &Ended) -> &[u8] {
    assert_eq!((ended.status, ended.err.as_str()), (0, ""), "{ended:?}");
    assert_eq!((ended.out.matches('\n').count(), ended.out.ends_with('\n')), (1, true), "{ended:?}");
    ended.out.trim_end().as_bytes()
}

/// How long ago that was, in seconds.
fn seconds_ago(at: Timestamp) -> i64 {
    Timestamp::from_ms(jiff::Timestamp::now().as_millisecond()).since_ms(at) / 1_000
}

#[test]
fn an_example_of_an_interaction_counts_on_the_day_it_is_sent() {
    for (more, domain, offering) in
        [(&[][..], "acme.example", "crm-suite"), (&["--domain", "vela.example", "--offering", "erp"][..], "vela.example", "erp")]
    {
        let ended = relevo(&[&["example", "interaction"], more].concat());
        let interaction = Interaction::parse(line(&ended)).expect("a good interaction");
        assert!((0..60).contains(&seconds_ago(interaction.occurred_at)), "{ended:?}");
        assert_eq!(interaction.account_key(&FreeMail::default()).as_str(), domain);
        let declared = interaction.declared.as_ref().expect("a declaration");
        assert_eq!((interaction.offering.as_deref(), declared.offering.as_deref()), (Some(offering), Some(offering)));
        let days = declared.buy_by.expect("a date").as_days() - interaction.occurred_at.utc_date().as_days();
        assert!((1..=90).contains(&days), "a first rulebook asks for a date within 90 days: {days}");
    }
    // Two of them are two: none is taken for a repeat of the other.
    let [one, other] = [(); 2].map(|()| relevo(&["example", "interaction"]));
    assert_ne!(one.out, other.out);
}

#[test]
fn an_example_of_an_activity_is_a_touch_that_answers_its_lead() {
    for (more, actor) in [(&[][..], "eva"), (&["--actor", "luis"][..], "luis")] {
        let ended = relevo(&[&["example", "activity", LEAD], more].concat());
        let activity = Activity::parse(line(&ended)).expect("a good activity");
        assert!((0..60).contains(&seconds_ago(activity.occurred_at)), "{ended:?}");
        assert_eq!((activity.lead_id.as_str(), activity.logged_at), (LEAD, Some(activity.occurred_at)));
        assert!(matches!(activity.deed, Deed::Touched(Touch::Contacted, Some(_))), "{ended:?}");
        assert_eq!((activity.actor.kind, activity.actor.id.as_deref()), (ActorKind::Person, Some(actor)));
    }
    for wrong in ["L-1", "acme.example", "L-\u{2026}", ""] {
        relevo(&["example", "activity", wrong]).assert(2, &["none of Relevo's", "what to do:", "`relevo leads`"]);
    }
}

/// Which kinds of trouble a first `topics --create` meets is explained by their codes.
#[test]
fn why_no_topics_were_made_is_explained() {
    for (code, words) in [("RLV-3070", "--replication 1"), ("3071", "relevo topics --format kafka-topics")] {
        let ended = relevo(&["explain-code", code]);
        assert!(ended.status == 0 && ended.out.contains(words), "{ended:?}");
    }
}
