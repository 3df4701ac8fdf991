//! What all pods of a deployment must share, as a short digest of each group of settings.
//!
//! Two pods that find an account's key differently, or write to different topics, break what each of them keeps alone: a person has two
//! accounts, a lead is looked for where it is not. Each pod notes these digests beside its offsets; the others compare them with
//! their own. A digest says that something differs, never what stands there.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::settings::Settings;

/// How many characters of a digest are noted: two that differ are the same once in four billion pairs.
const CHARS: usize = 8;
/// The charter's group: it is no setting, and changes while a process runs.
pub const CHARTER: &str = "charter";

/// Groups of settings, and their digests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared(BTreeMap<String, String>);

impl Shared {
    /// The digests of these settings; the charter's is added by [`Self::with_charter`].
    pub fn of(settings: &Settings) -> Self {
        let Settings { topics, inputs, account_key, routes, .. } = settings;
        let sorted = |list: &[String]| list.iter().map(|entry| entry.trim().to_ascii_lowercase()).collect::<BTreeSet<_>>();
        let ignored = |list: &[String]| list.iter().cloned().collect::<BTreeSet<_>>();
        let (interactions, accounts, activities) = (&inputs.interactions, &inputs.accounts, &inputs.activities);
        let feeds = (accounts.enabled, activities.enabled, activities.heartbeats);
        let types = (ignored(&interactions.ignore_types), ignored(&accounts.ignore_types), ignored(&activities.ignore_types));
        let groups = [
            ("topics", digest(topics)),
            ("partitions", digest(&settings.partitions)),
            ("limits", digest(&inputs.max_bytes)),
            ("feeds", digest(&(feeds, types))),
            ("maps", digest(&interactions.map_digest)),
            ("domains", digest(&[&account_key.free_mail, &account_key.platforms, &account_key.companies].map(|list| sorted(list)))),
            ("routes", digest(&ignored(&routes.allowed_topics))),
        ];
        Self(groups.into_iter().map(|(group, digest)| (group.to_owned(), digest)).collect())
    }

    /// The same with the charter by which rulebooks are judged, by its digest, and whether unsigned ones will do.
    pub fn with_charter(mut self, charter: Option<&str>, unsigned_allowed: bool) -> Self {
        self.0.insert(CHARTER.to_owned(), digest(&(charter, unsigned_allowed)));
        self
    }

    /// As it is noted: `charter:…,feeds:…`.
    pub fn encode(&self) -> String {
        self.0.iter().map(|(group, digest)| format!("{group}:{digest}")).collect::<Vec<_>>().join(",")
    }

    /// Reads it back; what is not ours is passed over.
    pub fn decode(text: &str) -> Self {
        Self(text.split(',').filter_map(|part| part.split_once(':')).map(|(group, digest)| (group.to_owned(), digest.to_owned())).collect())
    }

    /// The groups that both have, and not alike. A release may know more groups than another one.
    pub fn differs_from(&self, other: &Self) -> BTreeSet<String> {
        let differs = |(group, digest): (&String, &String)| other.0.get(group).is_some_and(|other| other != digest).then(|| group.clone());
        self.0.iter().filter_map(differs).collect()
    }
}

fn digest(value: &impl Serialize) -> String {
    let text = serde_json::to_vec(value).expect("settings are plain data");
    let digest = crate::rulebook::digest(&text).to_string();
    digest.trim_start_matches("sha256:").chars().take(CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Settings that were changed so: which groups differ from those of the defaults?
    #[track_caller]
    fn check(change: fn(&mut Settings), expected: &[&str]) {
        let mut changed = Settings::default();
        change(&mut changed);
        let (own, other) = (Shared::of(&Settings::default()), Shared::of(&changed));
        let differs: Vec<String> = own.differs_from(&other).into_iter().collect();
        assert_eq!(differs, expected);
        assert_eq!(Shared::decode(&other.encode()), other);
    }

    #[test]
    fn what_pods_must_share_differs_by_its_group_and_what_each_has_for_itself_does_not() {
        check(|_| {}, &[]);
        check(|settings| settings.topics.leads = "other".into(), &["topics"]);
        check(|settings| settings.topics.dead_letters = "other".into(), &["topics"]);
        check(|settings| settings.partitions = 4, &["partitions"]);
        check(|settings| settings.inputs.max_bytes = 1_024, &["limits"]);
        check(|settings| settings.inputs.activities.enabled = false, &["feeds"]);
        check(|settings| settings.inputs.accounts.ignore_types = vec!["a.b".into()], &["feeds"]);
        check(|settings| settings.inputs.activities.heartbeats = true, &["feeds"]);
        check(|settings| settings.account_key.free_mail = vec!["att.net".into()], &["domains"]);
        check(|settings| settings.account_key.platforms = vec!["pages.example".into()], &["domains"]);
        check(|settings| settings.account_key.companies = vec!["gmx.example".into()], &["domains"]);
        check(|settings| settings.inputs.interactions.map_digest = Some("sha256:ab".into()), &["maps"]);
        check(|settings| settings.routes.allowed_topics = vec!["copies".into()], &["routes"]);
        let several: fn(&mut Settings) = |settings| {
            settings.topics.leads = "other".into();
            settings.inputs.max_bytes = 1_024;
        };
        check(several, &["limits", "topics"]);
        // What each pod has for itself.
        let own: fn(&mut Settings) = |settings| {
            settings.pod = Some("pod-7".into());
            settings.workers.decide = 4;
            settings.commit.max_ms = 50;
            settings.http.listen.set_port(1);
            settings.log.filter = "debug".into();
            settings.kafka.bootstrap_servers = vec!["elsewhere:9092".into()];
            settings.rulebook.folder = "elsewhere".into();
        };
        check(own, &[]);
    }

    #[test]
    fn the_order_and_the_spelling_of_lists_are_no_difference() {
        let with = |free_mail: [&str; 2]| {
            let mut settings = Settings::default();
            settings.account_key.free_mail = free_mail.map(String::from).to_vec();
            Shared::of(&settings)
        };
        assert_eq!(with(["att.net", "web.de"]), with(["WEB.de", "att.net"]));
    }

    #[test]
    fn the_charter_counts_and_groups_of_another_release_do_not() {
        let own = Shared::of(&Settings::default()).with_charter(Some("sha256:aa"), false);
        let differs = |other: &Shared| own.differs_from(other).into_iter().collect::<Vec<_>>();
        assert_eq!(differs(&Shared::of(&Settings::default()).with_charter(Some("sha256:bb"), false)), [CHARTER]);
        assert_eq!(differs(&Shared::of(&Settings::default()).with_charter(Some("sha256:aa"), true)), [CHARTER]);
        assert_eq!(differs(&Shared::of(&Settings::default())), [] as [&str; 0]);
        assert_eq!(differs(&Shared::decode("later:1,,x")), [] as [&str; 0]);
        assert_eq!(differs(&Shared::decode("")), [] as [&str; 0]);
        let long = own.encode().len();
        assert!(long < 200, "{long} bytes stand beside each offset");
    }
}
