//! The guess of a file of interactions: who did what, when, in which campaign, and whether they may be written to.

use std::collections::BTreeSet;

use super::lines::{Draft, plain, rows};
use super::words::{CONSENTS, OTHER_TIMES, SELLERS};
use super::{MAX_LISTED, campaign_of};
use crate::contract::Kind;
use crate::contract::identifier::check_key_part;
use crate::mapping::cell;
use crate::mapping::field::slug;
use crate::mapping::guess::columns::Seen;
use crate::mapping::target::Target;
use crate::mapping::words;

/// The most columns of a made-up identifier.
const MAX_KEY: usize = 6;

impl Draft<'_> {
    /// Writes the fields of interactions.
    pub fn interactions(&mut self, name: &str) {
        let (email, email_said) = self.email();
        let (time, by_shape) = self.moment("occurred_at");
        let person = self.find("person.id", Seen::is_id).filter(|index| !self.is_called(*index, SELLERS));
        // An identifier that is not always there is worse than an address that is.
        let person = person.filter(|index| self.columns[*index].empty == 0 || email.is_none_or(|email| self.columns[email].empty > 0));
        let campaign = self.campaign();
        let kind = self.find("kind", |seen| seen.is_small_list(MAX_LISTED) || seen.is_flag());
        self.identity(email, person, time, campaign, kind);
        self.time("occurred_at", time, by_shape, "no column looks like a time at which something happened: when did it?");
        self.kind();
        match campaign {
            Some((column, true)) => {
                let column = self.take(column);
                self.line("campaign.id", &format!("column: {column}, slug: true"), "the campaign's name, in small letters");
            }
            Some((column, false)) => {
                let gaps = self.gaps(column).unwrap_or_default();
                self.by_name("campaign.id", column, &gaps);
            }
            None => {
                let campaign = campaign_of(name);
                self.line("campaign.id", &format!("constant: {}", plain(&campaign)), "no column names a campaign: the file's name");
            }
        }
        match (person, email) {
            (Some(column), _) => {
                let comment = self.gaps(column).unwrap_or_default();
                self.by_name("person.id", column, &comment);
            }
            (None, Some(email)) => {
                let name = self.name(email);
                let mut said = "no column has an identifier in every row: a hash of the address stands for it".to_owned();
                said.extend(self.gaps(email).map(|gaps| format!("; {gaps}")));
                self.line("person.id", &format!("column: {name}, hash: true"), &said);
            }
            (None, None) => self.lack("person.id", "no column identifies the person"),
        }
        if let Some(email) = email {
            self.by_name("person.email", email, &email_said);
        }
        self.person_name();
        self.consent();
        self.domain();
        self.others(Target::Interactions, &["campaign.id", "person.id", "person.email", "interaction_id"]);
        self.deleted();
        if !self.offering() {
            self.lines.push("  # offering: { constant: … }    # no column names one; without an offering nobody becomes a lead".to_owned());
        }
    }

    /// The column with the person's address, and what is not certain of it.
    pub fn email(&self) -> (Option<usize>, String) {
        let is_persons = |index: &usize| !self.is_called(*index, SELLERS);
        let mut found: Vec<usize> = self.all("person.email", Seen::is_email).into_iter().filter(is_persons).collect();
        let is_one = |index: &usize| self.is_free(*index, &Seen::is_email) && is_persons(index);
        let by_shape: Vec<usize> = (0..self.columns.len()).filter(|index| is_one(index) && !found.contains(index)).collect();
        found.extend(by_shape);
        let Some(first) = found.first().copied() else { return (None, String::new()) };
        let mut said = Vec::new();
        if found.len() > 1 {
            let others: Vec<String> = found[1..].iter().map(|index| self.name(*index)).collect();
            said.push(format!("CHECK: {} has addresses too: whose are which?", others.join(", ")));
        }
        if self.columns[first].without_address() > 0 {
            said.push(format!("CHECK: no address in {}", rows(self.columns[first].without_address())));
        }
        (Some(first), said.join("; "))
    }

    /// The column with the time at which something happened; whether only its shape says so.
    pub fn moment(&self, path: &str) -> (Option<usize>, bool) {
        let is_time = |seen: &Seen| seen.times(&[]).is_some();
        if let Some(index) = self.find(path, is_time).filter(|index| !self.is_called(*index, &["birth", "phone"])) {
            return (Some(index), false);
        }
        let mut not: Vec<&str> = OTHER_TIMES.to_vec();
        if path == "at" {
            not.extend(["created", "added", "creat", "erstellt"]);
        }
        let may = |index: &usize| {
            let seen = &self.columns[*index];
            self.is_free(*index, &Seen::is_time) && !self.is_called(*index, &not) && (path == "at" || seen.future() == 0)
        };
        let found: Vec<usize> = (0..self.columns.len()).filter(may).collect();
        let full = found.iter().find(|index| self.columns[**index].empty == 0);
        (full.or(found.first()).copied(), true)
    }

    /// The column that names the campaign, and whether it is a name.
    fn campaign(&self) -> Option<(usize, bool)> {
        let id = self.find("campaign.id", Seen::is_id);
        let name = self.find("campaign.name", |seen| seen.values > 0);
        match (id, name) {
            (Some(id), Some(name)) if self.columns[id].empty > 0 && self.columns[name].empty == 0 => Some((name, true)),
            (Some(id), _) => Some((id, false)),
            (None, name) => name.map(|name| (name, true)),
        }
    }

    /// The identifier of the interaction: one that is there, or what tells rows apart.
    fn identity(
        &mut self,
        email: Option<usize>,
        person: Option<usize>,
        time: Option<usize>,
        campaign: Option<(usize, bool)>,
        kind: Option<usize>,
    ) {
        let id = self.find("interaction_id", |seen| seen.is_unique_id() && seen.empty == 0).filter(|index| Some(*index) != person);
        if let Some(id) = id {
            let is_any = self.columns[id].keys.iter().any(|key| key == "id");
            let said =
                if is_any { "unique in the file; CHECK: is each a thing that happened, and no person?" } else { "unique in the file" };
            return self.by_name("interaction_id", id, said);
        }
        let (Some(who), Some(time)) = (person.or(email), time) else {
            return self.lack("interaction_id", "no column is unique; a `join` of several, with `hash: true`, can stand for it");
        };
        let who = email.filter(|email| self.columns[*email].empty == 0).unwrap_or(who);
        let mut key = vec![who, time];
        let offering = self.find("offering", |seen| seen.values > 0);
        let more: Vec<usize> = [campaign.map(|(index, _)| index), kind, offering]
            .into_iter()
            .flatten()
            .filter(|index| *index != who && *index != time)
            .collect();
        for index in more {
            if self.tells_apart(&key) == self.kept.len() || key.len() >= MAX_KEY {
                break;
            }
            key.push(index);
        }
        let same = self.kept.len() - self.tells_apart(&key);
        let names: Vec<String> = key.iter().map(|index| self.name(*index)).collect();
        let skip = if key[2..].iter().any(|index| self.columns[*index].empty > 0) { ", skip_empty: true" } else { "" };
        let mut said = "no column is unique: a hash of who, when and what tells rows apart stands for it".to_owned();
        if same > 0 {
            said.push_str(&format!(
                "; CHECK: {} the same as one before, and only the first counts",
                if same == 1 { "1 row is".to_owned() } else { format!("{same} rows are") }
            ));
        }
        if self.columns[who].without_address() > 0 && Some(who) == email {
            said.push_str(&format!("; CHECK: no address in {}", rows(self.columns[who].without_address())));
        }
        self.line("interaction_id", &format!("join: [{}], with: \" \", hash: true{skip}", names.join(", ")), &said);
    }

    /// How many of the kept rows these columns tell apart.
    fn tells_apart(&self, key: &[usize]) -> usize {
        let of = |row: &Vec<String>| key.iter().map(|index| row[*index].trim().to_lowercase()).collect::<Vec<_>>();
        self.kept.iter().map(of).collect::<BTreeSet<_>>().len()
    }

    fn kind(&mut self) {
        let attended = (0..self.columns.len()).find(|index| {
            self.is_free(*index, &Seen::is_flag)
                && self.columns[*index].keys.iter().any(|key| matches!(words::kind(key), Some(("attended", _))))
        });
        let found = self.find("kind", |seen| seen.is_small_list(MAX_LISTED) && !seen.is_flag());
        if let (Some(index), None) = (attended, found) {
            let values = self.columns[index].listed(MAX_LISTED);
            let to = |value: &String| if crate::mapping::value::boolean(value) == Some(true) { "attended" } else { "registered" };
            let lookup: Vec<String> = values.iter().map(|value| format!("{}: {}", plain(value), to(value))).collect();
            let column = self.take(index);
            return self.line("kind", &format!("column: {column}, lookup: {{ {} }}", lookup.join(", ")), "");
        }
        let Some(index) = found else { return self.no_kind() };
        let values = self.columns[index].listed(MAX_LISTED);
        let gaps = self.gaps(index).map(|gaps| format!("    # {gaps}")).unwrap_or_default();
        let column = self.take(index);
        self.lines.push("  kind:".to_owned());
        self.lines.push(format!("    column: {column}{gaps}"));
        self.lines.push("    lookup:    # one line for each value; a row with another value is rejected".to_owned());
        let mut seen = BTreeSet::new();
        for value in values.into_iter().filter(|value| seen.insert(cell::name(value))) {
            let (kind, comment) = match words::kind(&value) {
                Some((kind, true)) => (kind.to_owned(), String::new()),
                Some(("registered", false)) if !words::is_negated(&value.to_lowercase()) || value.to_lowercase().contains("show") => {
                    ("registered".to_owned(), "    # CHECK: it says that they did not come".to_owned())
                }
                // Somebody was reached, and did not do it.
                Some((kind, false)) => ("invited".to_owned(), format!("    # CHECK: it says no to `{kind}`, so nothing but being reached")),
                None => (
                    Some(slug(&value)).filter(|slug| !slug.is_empty()).unwrap_or("other".into()),
                    "    # CHECK: no kind of the contract, so weak evidence".to_owned(),
                ),
            };
            self.lines.push(format!("      {}: {}{comment}", plain(&value), plain(&kind)));
        }
    }

    fn no_kind(&mut self) {
        let kinds: Vec<&str> = Kind::KNOWN.iter().map(Kind::as_str).collect();
        let many =
            self.all("kind", |seen| seen.values > 0 && !seen.is_email()).into_iter().find(|index| self.columns[*index].words() != Some(0));
        let many = many.map(|index| {
            let count = self.columns[index].words().map_or("very many".to_owned(), |count| count.to_string());
            format!(
                "`{}` may say it, but has {count} different words, more than are listed; a `lookup` can name them. ",
                self.columns[index].name
            )
        });
        let said = format!(
            "{}what did the person do? One thing for the whole file: {{ constant: demo_requested }}. Kinds are:",
            many.unwrap_or_default()
        );
        self.lack("kind", &said);
        for chunk in kinds.chunks(10) {
            self.lines.push(format!("  #   {}", chunk.join(", ")));
        }
    }

    /// Whether there is a line for the offering; one that turns a small list of names into identifiers is written here.
    pub fn offering(&mut self) -> bool {
        if self.has("offering") {
            return true;
        }
        let Some(index) = self.find("offering", |seen| seen.is_small_list(MAX_LISTED)) else { return false };
        let named = |value: &String| {
            let name = slug(value).replace('_', "-");
            check_key_part(&name).ok().map(|_| format!("{}: {}", plain(value), plain(&name)))
        };
        let lookup: Option<Vec<String>> = self.columns[index].listed(MAX_LISTED).iter().map(named).collect();
        let Some(lookup) = lookup else { return false };
        let column = self.take(index);
        let steps = format!("column: {column}, lookup: {{ {} }}", lookup.join(", "));
        self.line("offering", &steps, "CHECK: call each as the rulebook does");
        true
    }

    /// A name in two columns.
    fn person_name(&mut self) {
        let has = |keys: &[&str]| {
            (0..self.columns.len())
                .find(|index| self.columns[*index].keys.iter().any(|key| keys.contains(&key.as_str())) && self.is_free(*index, &|_| true))
        };
        let whole =
            self.find("person.name", |seen| seen.values > 0).filter(|index| !self.columns[*index].keys.iter().any(|key| key == "lastname"));
        let first = has(&["firstname", "nombre", "vorname", "prénom", "prenom", "givenname", "voornaam"]);
        let last = has(&["lastname", "apellido", "apellidos", "nachname", "familyname", "surname", "sobrenome", "cognome", "achternaam"]);
        let whole = whole.filter(|index| Some(*index) != first);
        if let (None, Some(first), Some(last)) = (whole, first, last) {
            let (first, last) = (self.take(first), self.take(last));
            self.line("person.name", &format!("join: [{first}, {last}], with: \" \", skip_empty: true"), "");
        }
    }

    /// Whether the person may be written to: a yes counts unless another column says no.
    fn consent(&mut self) {
        let is = |parts: &[&str], index: &usize| self.is_free(*index, &Seen::is_flag) && self.is_called(*index, parts);
        let no: Vec<usize> = (0..self.columns.len()).filter(|index| is(CONSENTS.1, index)).collect();
        let yes: Vec<usize> = (0..self.columns.len()).filter(|index| is(CONSENTS.0, index) && !no.contains(index)).collect();
        let refusals: Vec<String> = no.iter().map(|index| self.name(*index)).collect();
        let steps = match (&yes[..], &no[..]) {
            ([], []) => return,
            ([first, ..], []) => format!("column: {}", self.name(*first)),
            ([first, ..], _) => format!("column: {}, refused_by: [{}]", self.name(*first), refusals.join(", ")),
            ([], [only]) => format!("column: {}, refused: true", self.name(*only)),
            ([], [first, more @ ..]) => {
                let more: Vec<String> = more.iter().map(|index| self.name(*index)).collect();
                format!("column: {}, refused: true, refused_by: [{}]", self.name(*first), more.join(", "))
            }
        };
        let mut said = if no.is_empty() { Vec::new() } else { vec!["whoever said no is not written to".to_owned()] };
        if yes.len() > 1 {
            let others: Vec<String> = yes[1..].iter().map(|index| self.name(*index)).collect();
            said.push(format!("CHECK: {} looks like consent too", others.join(", ")));
        }
        for index in no.into_iter().chain(yes.first().copied()) {
            self.used[index] = true;
        }
        self.line("person.consent.contact", &steps, &said.join("; "));
    }

    /// The company's domain, from the fullest column that has some.
    pub fn domain(&mut self) {
        let mut found = self.all("company.domain", |seen| seen.values > 0 && !seen.is_email());
        found.sort_by_key(|index| self.columns[*index].empty);
        let Some(first) = found.first().copied() else { return };
        let others: Vec<String> = found[1..].iter().map(|index| self.name(*index)).collect();
        let said = if others.is_empty() { String::new() } else { format!("CHECK: {} may be the company's too", others.join(", ")) };
        self.by_name("company.domain", first, &said);
    }

    /// Rows of a recycle bin are no data.
    pub fn deleted(&mut self) {
        let is_one = |index: &usize| self.columns[*index].keys.iter().any(|key| key == "isdeleted") && self.is_free(*index, &Seen::is_flag);
        if let Some(index) = (0..self.columns.len()).find(is_one) {
            let column = self.take(index);
            self.when.push(format!("{{ column: {column}, not_in: [1, \"true\", \"yes\"] }}    # rows of the recycle bin"));
        }
    }
}
