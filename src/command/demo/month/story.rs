//! What the named people do in the sample month: the leads, the near misses, and those whom the rules pass over.
//!
//! A table to read from top to bottom. It says what happens, never what comes of it: that is the rulebook's and the engine's to say.

use super::campaigns::{
    ANALYTICS, CALLS, CRM_SUITE, Campaign, DEMO_TUESDAYS, DINNER, EXPO, FIELD_SERVICE, GALA, LOYALTY, NEWSLETTER, ROADSHOW, SEARCH,
    WEBINAR, WEBSITE,
};
use super::event::{Deed, Said, Writer, local};
use super::people::Cast;
use crate::contract::time::DAY_MS;

/// A moment of the story: day and time, who, where, what, about what, and what they said about buying.
type Moment = (i64, (i64, i64), &'static str, &'static Campaign, &'static str, &'static str, Said);

const NOTHING: Said = Said { authority: None, budget_usd: None, buy_by: None, comment: None };

const fn decides(buy_by: &'static str, budget_usd: i64) -> Said {
    Said { authority: Some("decision_maker"), budget_usd: Some(budget_usd), buy_by: Some(buy_by), comment: None }
}

const fn pays(buy_by: &'static str, budget_usd: i64) -> Said {
    Said { authority: Some("budget_holder"), budget_usd: Some(budget_usd), buy_by: Some(buy_by), comment: None }
}

const fn says(authority: &'static str) -> Said {
    Said { authority: Some(authority), ..NOTHING }
}

/// What happens, in the order of the month.
const STORY: &[Moment] = &[
    // The first Demo Tuesday: eight guests, one buyer, and one who can't say when.
    (3, (10, 30), "Lucía Ferrer", DEMO_TUESDAYS, "attended", FIELD_SERVICE, NOTHING),
    (3, (10, 30), "Jaime Ochoa", DEMO_TUESDAYS, "attended", FIELD_SERVICE, NOTHING),
    (3, (10, 52), "Lucía Ferrer", DEMO_TUESDAYS, "demo_requested", FIELD_SERVICE, decides("2027-01-15", 40_000)),
    (3, (11, 5), "Jaime Ochoa", DEMO_TUESDAYS, "demo_requested", FIELD_SERVICE, says("decision_maker")),
    (4, (15, 58), "Marta Nieto", WEBSITE, "pricing_viewed", ANALYTICS, NOTHING),
    (4, (16, 20), "Marta Nieto", WEBSITE, "quote_requested", ANALYTICS, pays("2026-12-20", 25_000)),
    // The gala: a full room, tastings, and nobody asks for anything.
    (5, (19, 30), "Hugo Delgado", GALA, "attended", CRM_SUITE, NOTHING),
    (5, (20, 15), "Hugo Delgado", GALA, "tasting", CRM_SUITE, NOTHING),
    (5, (19, 40), "Norma Castañeda", GALA, "attended", CRM_SUITE, NOTHING),
    (5, (20, 20), "Norma Castañeda", GALA, "tasting", CRM_SUITE, NOTHING),
    (5, (22, 0), "Norma Castañeda", GALA, "cocktail", CRM_SUITE, NOTHING),
    (6, (11, 15), "Gonzalo Prado", WEBSITE, "demo_requested", ANALYTICS, says("influencer")),
    // A second person of the company: joins the lead that is open.
    (6, (12, 40), "Rodrigo Salas", WEBSITE, "pricing_viewed", FIELD_SERVICE, NOTHING),
    // Everything but a company.
    (7, (12, 0), "Beto Salas", SEARCH, "demo_requested", CRM_SUITE, decides("2026-12-15", 3_000)),
    (9, (10, 40), "Joel Barrera", SEARCH, "pricing_viewed", FIELD_SERVICE, NOTHING),
    (9, (11, 30), "Joel Barrera", SEARCH, "trial_started", FIELD_SERVICE, pays("2027-02-01", 15_000)),
    // Everything but a size that the company serves.
    (9, (16, 0), "Elena Pineda", SEARCH, "quote_requested", LOYALTY, decides("2026-12-10", 1_500)),
    (10, (10, 30), "Carmen Luna", DEMO_TUESDAYS, "attended", FIELD_SERVICE, NOTHING),
    (10, (11, 0), "Carmen Luna", DEMO_TUESDAYS, "demo_requested", FIELD_SERVICE, decides("2027-01-31", 18_000)),
    (10, (11, 20), "Sergio Alarcón", DEMO_TUESDAYS, "demo_requested", FIELD_SERVICE, decides("2027-11-30", 50_000)),
    (10, (12, 5), "Rodrigo Salas", WEBSITE, "quote_requested", FIELD_SERVICE, pays("2027-01-15", 45_000)),
    // The webinar: a small room that asks.
    (11, (17, 35), "Andrés Cota", WEBINAR, "webinar_question", ANALYTICS, NOTHING),
    (11, (17, 40), "Pilar Sandoval", WEBINAR, "webinar_question", ANALYTICS, NOTHING),
    (11, (17, 44), "Nora Lira", WEBINAR, "webinar_question", ANALYTICS, NOTHING),
    (11, (17, 55), "Andrés Cota", WEBINAR, "demo_requested", ANALYTICS, decides("2027-01-20", 35_000)),
    (11, (18, 5), "Pilar Sandoval", WEBINAR, "demo_requested", ANALYTICS, pays("2027-02-28", 60_000)),
    (11, (18, 10), "Nora Lira", WEBINAR, "pricing_viewed", ANALYTICS, decides("2027-01-10", 20_000)),
    (12, (9, 50), "Silvia Robles", WEBINAR, "pricing_viewed", ANALYTICS, NOTHING),
    (12, (10, 15), "Irene Cuevas", WEBINAR, "demo_requested", ANALYTICS, pays("2026-12-31", 30_000)),
    // An opportunity is open already: its owner is told.
    (12, (11, 0), "Aurora May", WEBINAR, "quote_requested", ANALYTICS, pays("2027-01-31", 28_000)),
    (12, (20, 30), "Ramiro Olmos", DINNER, "dinner", ANALYTICS, NOTHING),
    (12, (20, 30), "Víctor Montes", DINNER, "dinner", ANALYTICS, NOTHING),
    (12, (20, 30), "Norma Castañeda", DINNER, "dinner", ANALYTICS, NOTHING),
    (13, (9, 45), "Felipe Araya", WEBINAR, "demo_requested", ANALYTICS, decides("2027-02-10", 22_000)),
    // Everything but a request: a survey or a call alone is no demand.
    (13, (12, 10), "Alicia Vega", CALLS, "survey_completed", CRM_SUITE, decides("2027-01-31", 20_000)),
    (16, (9, 40), "Mario Tajín", CALLS, "call_received", CRM_SUITE, pays("2027-02-15", 80_000)),
    // A buying group speaks together: he asked for the demo, she holds the budget and knows the date.
    (16, (10, 20), "Teresa Prado", WEBSITE, "contact_requested", ANALYTICS, pays("2027-01-31", 16_000)),
    (16, (13, 0), "Karla Rival", WEBSITE, "demo_requested", CRM_SUITE, decides("2026-12-01", 10_000)),
    // The fair: hundreds of badges, a few buyers.
    (17, (11, 30), "Víctor Montes", EXPO, "demo_requested", FIELD_SERVICE, decides("2027-02-15", 120_000)),
    (17, (12, 10), "Ernesto Nova", EXPO, "demo_requested", FIELD_SERVICE, NOTHING),
    (18, (13, 0), "Estela Marín", EXPO, "rfp_received", FIELD_SERVICE, pays("2027-02-28", 90_000)),
    (18, (14, 10), "Rosa Solar", EXPO, "demo_requested", FIELD_SERVICE, decides("2027-01-15", 12_000)),
    (18, (16, 0), "Laura Rivas", WEBSITE, "pricing_viewed", FIELD_SERVICE, NOTHING),
    (19, (12, 45), "Hugo Delgado", EXPO, "quote_requested", FIELD_SERVICE, decides("2026-12-18", 55_000)),
    // The gala's guest, two weeks later: it is the quote that makes the lead, not the tastings.
    (20, (10, 30), "Norma Castañeda", WEBSITE, "quote_requested", CRM_SUITE, decides("2027-01-08", 32_000)),
    (23, (12, 0), "Julián Teca", NEWSLETTER, "demo_requested", CRM_SUITE, Said { buy_by: Some("2027-01-20"), ..NOTHING }),
    // A customer: the owner is told.
    (23, (13, 30), "Benito Lerma", NEWSLETTER, "quote_requested", ANALYTICS, pays("2027-01-31", 70_000)),
    // Old news in spring, demand today.
    (24, (10, 30), "Óscar Tovar", DEMO_TUESDAYS, "attended", FIELD_SERVICE, NOTHING),
    (24, (10, 55), "Óscar Tovar", DEMO_TUESDAYS, "demo_requested", FIELD_SERVICE, decides("2027-02-20", 27_000)),
    (25, (10, 50), "Marina Cano", SEARCH, "configurator_completed", LOYALTY, pays("2026-12-31", 9_000)),
    (25, (11, 10), "Marina Cano", SEARCH, "trial_started", LOYALTY, NOTHING),
    (26, (9, 10), "Ramiro Olmos", NEWSLETTER, "pricing_viewed", CRM_SUITE, NOTHING),
    (26, (9, 30), "Ramiro Olmos", NEWSLETTER, "quote_requested", CRM_SUITE, decides("2027-01-31", 8_000)),
    // Another offering, another lead.
    (27, (10, 0), "Lucía Ferrer", WEBSITE, "quote_requested", ANALYTICS, decides("2027-02-28", 30_000)),
    // The near miss of the third of November now says when.
    (30, (12, 0), "Jaime Ochoa", WEBSITE, "quote_requested", FIELD_SERVICE, pays("2027-01-15", 14_000)),
];

/// Writes the story.
pub fn write(cast: &Cast, writer: &mut Writer) {
    for (day, (hour, minute), who, campaign, kind, offering, said) in STORY {
        let occurred_at = local(*day, *hour, *minute);
        writer.deed(cast, cast.named(who), Deed { occurred_at, campaign, kind, offering: Some(offering), said: *said });
    }
    let old = local(-199, 12, 0); // the middle of April
    let deed =
        Deed { occurred_at: old, campaign: ROADSHOW, kind: "demo_requested", offering: Some(CRM_SUITE), said: says("decision_maker") };
    writer.deed_sent(cast, cast.named("Óscar Tovar"), deed, local(2, 9, 0));
    let opened = Deed { occurred_at: old.plus_ms(208 * DAY_MS), kind: "email_opened", campaign: NEWSLETTER, said: NOTHING, ..deed };
    writer.deed(cast, cast.named("Óscar Tovar"), opened);
}
