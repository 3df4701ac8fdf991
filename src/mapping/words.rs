//! Words of status lists in several languages: whether they say no, whether they say that something was won or lost, and which kind of
//! interaction they name. Whole words count, never parts of them.

use crate::contract::Kind;

/// Words that turn what stands beside them into its contrary, in small letters.
#[rustfmt::skip] // a language a line
const NEGATIONS: &[&str] = &[
    "not", "no", "non", "never", "without", "don't", "dont", "didn't", "didnt", "doesn't", "doesnt", "won't", "wont", "isn't", "isnt", "wasn't", "can't", "cant", "cannot",
    "declined", "declines", "decline", "refused", "refuses", "rejected", "cancelled", "canceled", "cancels", "cancel", "cancellation", "unable", "uninterested", "withdrawn",
    "withdrew", "failed", "missed", "absent", "unsubscribed", "unsubscribe", "stop", "stopped", "bounced", "skipped", "denied", "revoked", "ignored", "un", "unregistered",
    "nunca", "sin", "rechazó", "rechazo", "rechazado", "rechazada", "rechaza", "declinó", "declinado", "declinada", "declina", "canceló", "cancelado", "cancelada", "cancela", "tampoco", "ausente", "faltó",
    "nicht", "kein", "keine", "keinen", "keiner", "nie", "ohne", "abgelehnt", "abgesagt", "storniert", "verweigert", "abwesend", "verpasst",
    "pas", "ne", "jamais", "sans", "refusé", "refusée", "refuse", "annulé", "annulée", "décliné", "déclinée", "absente",
    "não", "nao", "sem", "recusou", "recusado", "recusada", "cancelou", "ausentes",
    "mai", "senza", "rifiutato", "rifiutata", "annullato", "annullata", "assente",
    "niet", "geen", "nooit", "zonder", "afgewezen", "geannuleerd", "afgezegd", "afwezig",
];

/// The words of a text in small letters.
fn of(lower: &str) -> impl Iterator<Item = &str> {
    lower.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’').filter(|word| !word.is_empty())
}

/// Whether a text in small letters says no to something.
pub fn is_negated(lower: &str) -> bool {
    of(lower).any(|word| NEGATIONS.contains(&word) || NEGATIONS.contains(&word.replace('’', "'").as_str()))
}

/// `won` or `lost` by the words of a stage or a status: all words are of a stage, so that a prize that was won is no sale.
pub fn ending(text: &str) -> Option<&'static str> {
    const WON: &[&str] = &[
        "won",
        "ganado",
        "ganada",
        "ganados",
        "ganadas",
        "gewonnen",
        "gagné",
        "gagne",
        "gagnée",
        "gagnee",
        "ganho",
        "ganha",
        "vinto",
        "vinta",
        "gewonnene",
        "closedwon",
        "vunnen",
        "vundet",
        "wygrana",
        "signed",
        "gagnés",
    ];
    const LOST: &[&str] = &[
        "lost",
        "perdido",
        "perdida",
        "perdidos",
        "perdidas",
        "verloren",
        "perdu",
        "perdue",
        "perso",
        "persa",
        "closedlost",
        "förlorad",
        "tabt",
        "przegrana",
        "perdus",
    ];
    const BESIDE: &[&str] = &[
        "closed",
        "close",
        "deal",
        "cierre",
        "cerrado",
        "cerrada",
        "cerrados",
        "abgeschlossen",
        "geschlossen",
        "auftrag",
        "fermé",
        "fermée",
        "ferme",
        "conclu",
        "conclue",
        "clos",
        "fechado",
        "fechada",
        "negócio",
        "negocio",
        "chiuso",
        "chiusa",
        "gesloten",
        "opportunity",
        "oportunidad",
        "sales",
        "pipeline",
        "ventas",
        "affaire",
        "and",
        "to",
        "a",
        "y",
        "und",
        "et",
        "e",
        "en",
        "het",
        "competitor",
        "competition",
        "stängd",
        "lukket",
        "zamknięta",
        "contract",
    ];
    let lower = text.to_lowercase();
    // What stands in brackets names a pipeline.
    let stage = lower.split(['(', '[']).next().unwrap_or_default();
    let is = |list: &[&str]| of(stage).any(|word| list.contains(&word));
    let (won, lost) = (is(WON), is(LOST));
    let all = of(stage).all(|word| {
        WON.contains(&word) || LOST.contains(&word) || BESIDE.contains(&word) || word.bytes().all(|byte| byte.is_ascii_digit())
    });
    if won == lost || !all || is_negated(stage) {
        return None;
    }
    Some(if won { "won" } else { "lost" })
}

/// Phrases, and the kind of interaction that a text with one in it is: what asks for something first, so that a demo at an event is a
/// demo. A word ends in `*` where its endings do not matter.
#[rustfmt::skip] // a kind a line
const KINDS: &[(&str, &[&str])] = &[
    ("demo_requested", &["demo", "demos", "demonstration*", "demostraci*", "vorführung*", "démo", "démonstration*", "demonstração", "dimostrazion*", "demoanfrage", "demo-anfrage"]),
    ("quote_requested", &["quote", "quotes", "quotation*", "cotizaci*", "presupuesto", "presupuestos", "angebot", "angebotsanfrage", "devis", "orçamento*", "cotação", "preventivo", "offerte"]),
    ("rfp_received", &["rfp", "rfq", "tender", "licitaci*", "ausschreibung*"]),
    ("trial_started", &["trial", "trials", "prueba", "testversion", "probeversion", "essai", "teste", "prova"]),
    ("pricing_viewed", &["pricing", "prices", "precios", "preise", "tarifs", "preços", "prezzi"]),
    ("contact_requested", &["contact me", "contact us", "contact request", "contact requested", "requested contact", "request contact", "contact sales", "talk to sales", "call me", "callback", "contacto", "contáctenos", "contáctame", "kontaktanfrage", "rückruf", "demande de contact", "contactez-moi", "contato", "richiesta di contatto"]),
    ("renewal_inquired", &["renewal*", "renovaci*", "verlängerung*", "renouvellement"]),
    ("survey_completed", &["survey*", "encuesta*", "umfrage*", "enquête", "sondage", "pesquisa", "sondaggio"]),
    ("webinar_question", &["asked a question", "question asked", "q&a", "pregunta", "pregunta en el webinar"]),
    ("chat_started", &["chat", "chatted", "live chat"]),
    ("call_received", &["inbound call", "phone inquiry", "phone enquiry", "called in", "llamada entrante", "anruf erhalten", "appel entrant"]),
    ("tasting", &["tasting*", "cata", "verkostung*", "dégustation*", "degustaci*", "degustação"]),
    ("cocktail", &["cocktail*", "cóctel"]),
    ("dinner", &["dinner", "cena", "abendessen", "dîner", "jantar"]),
    ("breakfast", &["breakfast", "desayuno", "frühstück", "petit-déjeuner"]),
    ("lunch", &["lunch", "comida", "almuerzo", "mittagessen", "déjeuner", "almoço", "pranzo"]),
    ("gift", &["gift", "gifts", "regalo"]),
    ("registered", &["attending", "will attend", "asistirá", "no show", "no-show", "noshow", "nimmt teil", "participera"]),
    ("attended", &["attended", "attendee", "checked in", "checked-in", "check-in", "asistió", "asistio", "asistieron", "asistente", "teilgenommen", "participé", "a participé", "présent", "participou", "compareceu", "ha partecipato", "presente", "aanwezig", "joined", "showed", "showed up", "acreditado"]),
    ("badge_scanned", &["badge", "badge scan*", "booth", "visited booth", "trade show", "tradeshow", "escaneado", "messe", "salon", "feria"]),
    ("content_downloaded", &["download*", "whitepaper", "white paper", "ebook", "e-book", "descarg*", "heruntergeladen", "téléchargé", "télécharg*", "baixou", "scaricato"]),
    ("registered", &["register*", "registration*", "signed up", "rsvp", "rsvp'd", "confirmed", "registrado", "registrada", "inscrito", "inscrita", "inscripci*", "angemeldet", "anmeldung", "inscrit", "inscrite", "iscritto", "aangemeld", "webinar"]),
    ("email_opened", &["opened", "email opened", "opened email", "abrió", "geöffnet", "ouvert", "abriu", "aperta"]),
    ("email_clicked", &["click", "clicks", "clicked", "clic", "geklickt", "cliqué", "clicou"]),
    ("ad_clicked", &["advert", "advertisement", "advertising", "anzeige", "anuncio", "publicité"]),
    ("email_sent", &["sent", "email sent", "enviado", "gesendet", "envoyé", "enviada", "inviata"]),
    ("invited", &["invit*", "purchased list", "eingeladen", "convidado"]),
    ("page_viewed", &["page view*", "viewed page", "page viewed", "visited page", "website visit", "web visit", "pageview"]),
];

/// The kind of interaction that a status names; whether that is certain: nothing in it says no, and nothing else is said of it.
pub fn kind(text: &str) -> Option<(&'static str, bool)> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = of(&lower).collect();
    let fits = |wanted: &str, word: &str| match wanted.strip_suffix('*') {
        Some(stem) => word.starts_with(stem),
        None => word == wanted,
    };
    let has = |phrase: &&str| {
        let wanted: Vec<&str> = phrase.split([' ', '-', '&']).collect();
        words.windows(wanted.len()).any(|window| window.iter().zip(&wanted).all(|(word, wanted)| fits(wanted, word)))
    };
    let no_show = ["no show", "no-show", "noshow"].iter().any(has);
    if no_show {
        return Some(("registered", words.len() <= 2));
    }
    let mut found = KINDS.iter().filter(|(_, phrases)| phrases.iter().any(&has));
    let (kind, _) = found.next()?;
    debug_assert!(!matches!(Kind::parse(kind), Kind::Other(_)), "{kind}");
    Some((kind, !is_negated(&lower)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_count_and_a_no_is_a_no() {
        for (text, expected) in [
            ("Attended", Some(("attended", true))),
            ("Not Attended", Some(("attended", false))),
            ("Did not attend", None),
            ("Attending", Some(("registered", true))),
            ("Not Attending", Some(("registered", false))),
            ("Checked In", Some(("attended", true))),
            ("No Show", Some(("registered", true))),
            ("Demo - No Show", Some(("registered", false))),
            ("Declined demo", Some(("demo_requested", false))),
            ("Asked for a demo", Some(("demo_requested", true))),
            ("Do not contact me", Some(("contact_requested", false))),
            ("Facebook", None),
            ("Open - Not Contacted", None),
            ("Presented", None),
            ("Democracy forum", None),
            ("No asistió", Some(("attended", false))),
            ("Nicht teilgenommen", Some(("attended", false))),
            ("Démo refusée", Some(("demo_requested", false))),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
        for (_, phrases) in KINDS {
            assert!(!phrases.is_empty());
        }
        for (kind, _) in KINDS {
            assert!(!matches!(Kind::parse(kind), Kind::Other(_)), "{kind} is none of the contract");
        }
    }

    #[test]
    fn a_stage_is_won_or_lost_by_all_of_its_words() {
        for (text, expected) in [
            ("Won", Some("won")),
            ("Closed Won", Some("won")),
            ("closedlost", Some("lost")),
            ("Closed Won (Sales Pipeline)", Some("won")),
            ("Cierre ganado (Ventas)", Some("won")),
            ("Gagné", Some("won")),
            ("Perdu", Some("lost")),
            ("Verloren", Some("lost")),
            ("Closed - lost to competitor", Some("lost")),
            ("Won the prize draw", None),
            ("Lost badge", None),
            ("Not won", None),
            ("Wonder", None),
            ("Open", None),
        ] {
            assert_eq!(ending(text), expected, "{text}");
        }
    }
}
