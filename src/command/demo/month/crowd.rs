//! What the crowd does in the sample month: invitations, openings, guests, badges, clicks, calls. Hundreds of records, and no
//! demand that anybody could sell to: that is each campaign's character, and the reason why the rules exist.

use super::campaigns::{
    CALLS, CRM_SUITE, Campaign, DEMO_TUESDAYS, DINNER, EXPO, FIELD_SERVICE, GALA, LOYALTY, NEWSLETTER, ROADSHOW, SEARCH, WEBINAR, WEBSITE,
};
use super::dice::Dice;
use super::event::{Deed, Said, Writer, local};
use super::people::Cast;
use crate::contract::Timestamp;
use crate::contract::time::{DAY_MS, MINUTE_MS};

/// Who draws, from whom, and where it is written.
pub struct Crowd<'a> {
    /// The chance.
    pub dice: &'a mut Dice,
    /// Everybody.
    pub cast: &'a Cast,
    /// Where the records go.
    pub writer: &'a mut Writer,
}

impl Crowd<'_> {
    /// Writes all campaigns.
    pub fn write(&mut self) {
        let everybody = self.cast.crowd();
        self.roadshow(&everybody);
        self.gala(&everybody);
        self.newsletter(&everybody);
        self.webinar(&everybody);
        self.dinner(&everybody);
        self.expo(&everybody);
        for day in [3, 10, 17, 24] {
            let guests = self.dice.sample(&everybody, 10);
            self.all(DEMO_TUESDAYS, "registered", &guests, local(day - 1, 12, 0), 240);
            self.all(DEMO_TUESDAYS, "attended", &guests[..7], local(day, 10, 30), 10);
        }
        self.search(&everybody);
        self.calls(&everybody);
        for _ in 0..60 {
            let (day, hour, who) = (self.dice.between(2, 30), self.dice.between(8, 19), *self.dice.pick(&everybody));
            self.one(WEBSITE, "page_viewed", None, who, local(day, hour, 0), 59);
        }
    }

    /// History of April that somebody imports in November.
    fn roadshow(&mut self, everybody: &[usize]) {
        let visitors = self.dice.sample(everybody, 90);
        let imported = local(2, 9, 0);
        for (place, who) in visitors.iter().enumerate() {
            let kind = match place {
                0..=4 => "demo_requested",
                5..=14 => "survey_completed",
                _ => "badge_scanned",
            };
            let occurred_at = local(-199, 10, 0).plus_ms(self.dice.between(0, 3 * DAY_MS));
            let deed = Deed { occurred_at, campaign: ROADSHOW, kind, offering: ROADSHOW.offering, said: Said::default() };
            let sent = imported.plus_ms(self.dice.between(0, 20 * MINUTE_MS));
            self.writer.deed_sent(self.cast, &self.cast.people[*who], deed, sent);
        }
    }

    /// A full room, and nothing asked for.
    fn gala(&mut self, everybody: &[usize]) {
        let invited = self.dice.sample(everybody, 190);
        let (came, tasted) = (&invited[..118], &invited[..96]);
        self.all(GALA, "invited", &invited, local(2, 11, 0), 120);
        self.all(GALA, "registered", &invited[..130], local(3, 9, 0), 1500);
        self.all(GALA, "attended", came, local(5, 19, 0), 60);
        self.all(GALA, "tasting", tasted, local(5, 20, 0), 60);
        self.all(GALA, "cocktail", &invited[30..110], local(5, 21, 30), 60);
        self.all(GALA, "gift", came, local(5, 23, 0), 30);
    }

    fn newsletter(&mut self, everybody: &[usize]) {
        let readers = self.dice.sample(everybody, 260);
        self.all(NEWSLETTER, "email_sent", &readers, local(9, 8, 0), 30);
        self.all(NEWSLETTER, "email_opened", &readers[..110], local(9, 8, 40), 2000);
        self.all(NEWSLETTER, "email_clicked", &readers[..26], local(9, 9, 0), 2200);
        self.all(NEWSLETTER, "content_downloaded", &readers[..12], local(9, 9, 30), 2300);
    }

    fn webinar(&mut self, everybody: &[usize]) {
        let invited = self.dice.sample(everybody, 90);
        self.all(WEBINAR, "invited", &invited, local(4, 9, 0), 60);
        self.all(WEBINAR, "registered", &invited[..38], local(6, 9, 0), 3000);
        self.all(WEBINAR, "attended", &invited[..24], local(11, 17, 0), 20);
        self.all(WEBINAR, "webinar_question", &invited[..5], local(11, 17, 30), 25);
    }

    fn dinner(&mut self, everybody: &[usize]) {
        let guests = self.dice.sample(everybody, 20);
        self.all(DINNER, "invited", &guests, local(6, 10, 0), 60);
        self.all(DINNER, "dinner", &guests[..14], local(12, 20, 30), 30);
    }

    /// Badges by the hundred; on the second day the scanner sends an hour of them twice.
    fn expo(&mut self, everybody: &[usize]) {
        for day in [17, 18, 19] {
            let visitors = self.dice.sample(everybody, 60);
            self.all(EXPO, "badge_scanned", &visitors, local(day, 10, 0), 480);
            self.all(EXPO, "survey_completed", &visitors[..9], local(day, 10, 30), 480);
            self.all(EXPO, "demo_requested", &visitors[..2], local(day, 12, 0), 300);
        }
        self.writer.repeat(EXPO, local(18, 12, 0), local(18, 13, 30));
    }

    fn search(&mut self, everybody: &[usize]) {
        for _ in 0..90 {
            let offering = *self.dice.pick(&[FIELD_SERVICE, FIELD_SERVICE, LOYALTY, CRM_SUITE]);
            let (who, at) = (*self.dice.pick(everybody), local(self.dice.between(2, 30), self.dice.between(8, 20), 0));
            self.one(SEARCH, "ad_clicked", Some(offering), who, at, 50);
            self.one(SEARCH, "page_viewed", Some(offering), who, at.plus_ms(52 * MINUTE_MS), 4);
            if self.dice.chance(20) {
                self.one(SEARCH, "pricing_viewed", Some(offering), who, at.plus_ms(57 * MINUTE_MS), 2);
            }
        }
    }

    fn calls(&mut self, everybody: &[usize]) {
        for day in [12, 13, 16] {
            let called = self.dice.sample(everybody, 24);
            self.all(CALLS, "call_received", &called[..10], local(day, 9, 30), 420);
            self.all(CALLS, "survey_completed", &called[10..], local(day, 9, 30), 420);
        }
    }

    /// Each of them does it, at some time of the `minutes` from `begin` on.
    fn all(&mut self, campaign: &'static Campaign, kind: &'static str, people: &[usize], begin: Timestamp, minutes: i64) {
        for who in people {
            self.one(campaign, kind, campaign.offering, *who, begin, minutes);
        }
    }

    fn one(
        &mut self,
        campaign: &'static Campaign,
        kind: &'static str,
        offering: Option<&'static str>,
        who: usize,
        begin: Timestamp,
        minutes: i64,
    ) {
        let occurred_at = begin.plus_ms(self.dice.between(0, minutes * MINUTE_MS));
        let deed = Deed { occurred_at, campaign, kind, offering, said: Said::default() };
        self.writer.deed(self.cast, &self.cast.people[who], deed);
    }
}
