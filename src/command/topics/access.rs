//! Who may do what on the cluster: the least rights of whoever has to do with Relevo, from one table. `topics --acls` prints it, `check`
//! judges by it, and a test takes each right away in turn.
//!
//! Pure: settings in, a list out. It refuses to know any cluster, and who signs in there by which means.

use super::plan::{Flow, Wanted, wanted};
use crate::config::Settings;
use crate::kafka::Identity;
use crate::kafka::rights::Operation::{self, Describe, DescribeConfigs, Read, Write};

/// What a part of Relevo is, or who has to do with its topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A process that runs Intake.
    Intake,
    /// A process that runs Decide.
    Decide,
    /// A person or a script that looks: `leads`, `explain`, `dead-letters`, `rules status`, `topics`, `check`. It changes nothing.
    Operator,
    /// A person who repairs the state of a partition, while Decide does not run.
    Recovery,
    /// Whoever writes an input, of the configuration's key.
    Producer(&'static str),
    /// Whoever reads an output, of the configuration's key.
    Consumer(&'static str),
}

impl Role {
    /// Those that are Relevo's own.
    pub const OWN: [Self; 4] = [Self::Intake, Self::Decide, Self::Operator, Self::Recovery];

    /// One word, where it is one of Relevo's own; else the key's last word says of which topic.
    pub fn name(self) -> String {
        match self {
            Self::Intake => "intake".to_owned(),
            Self::Decide => "decide".to_owned(),
            Self::Operator => "operator".to_owned(),
            Self::Recovery => "recovery".to_owned(),
            Self::Producer(key) => format!("{}-writer", last_word(key)),
            Self::Consumer(key) => format!("{}-reader", last_word(key)),
        }
    }

    /// Who that is, for whoever gives the rights.
    pub fn what(self) -> &'static str {
        match self {
            Self::Intake => "processes of Relevo that run Intake",
            Self::Decide => "processes of Relevo that run Decide",
            Self::Operator => "people and scripts that look, and change nothing",
            Self::Recovery => "a person who repairs the state of a partition",
            Self::Producer("topics.interactions") => "the marketing tools' connector, in the place of this name",
            Self::Producer("topics.accounts") => "the CRM's connector for accounts, in the place of this name",
            Self::Producer(_) => "the CRM's connector for activities, and nobody else, in the place of this name",
            Self::Consumer(_) => "each reader of this topic, in the place of this name",
        }
    }
}

fn last_word(key: &str) -> String {
    match key {
        "routes.allowed_topics" => "copies".to_owned(),
        key => key.rsplit('.').next().unwrap_or(key).replace('_', "-"),
    }
}

/// What a right is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// The topic of this name.
    Topic(String),
    /// The group of this name.
    Group(String),
    /// Transactional identifiers that begin so.
    TransactionalIds(String),
}

impl Resource {
    /// Its name, or what its names begin with.
    pub fn name(&self) -> &str {
        match self {
            Self::Topic(name) | Self::Group(name) | Self::TransactionalIds(name) => name,
        }
    }
}

/// What somebody may do with something. To read or to write includes to see that it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// With what.
    pub resource: Resource,
    /// What.
    pub operations: Vec<Operation>,
}

/// Who signs in for a role, and what it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Which roles: several where they sign in as one.
    pub roles: Vec<Role>,
    /// As whom, as the cluster names it.
    pub principal: String,
    /// The least that it needs.
    pub rights: Vec<Right>,
}

/// As whom a role signs in: what is configured, or `User:` with the application's name.
pub fn principal(settings: &Settings, role: Role) -> String {
    let named = &settings.kafka.principals;
    let named = match role {
        Role::Intake => &named.intake,
        Role::Decide => &named.decide,
        Role::Operator => &named.operator,
        Role::Recovery => &named.recovery,
        Role::Producer(_) | Role::Consumer(_) => &None,
    };
    match role {
        Role::Producer(_) | Role::Consumer(_) => format!("User:{}", role.name()),
        _ => named.clone().unwrap_or_else(|| format!("User:{}-{}", settings.application, role.name())),
    }
}

/// The whole table: everybody who has to do with Relevo's topics, and the least that each needs.
pub fn grants(settings: &Settings) -> Vec<Grant> {
    let outer = wanted(settings).into_iter().filter_map(|topic| match topic.flow {
        Flow::In => Some(Role::Producer(topic.key)),
        Flow::Out | Flow::Copy => Some(Role::Consumer(topic.key)),
        Flow::Internal => None,
    });
    let mut grants: Vec<Grant> = Vec::new();
    for role in Role::OWN.into_iter().chain(outer) {
        let principal = principal(settings, role);
        match grants.iter_mut().find(|grant| grant.principal == principal) {
            // Who signs in as one has the rights of all.
            Some(grant) if grant.roles.contains(&role) => {}
            Some(grant) => {
                grant.roles.push(role);
                grant.rights = rights(settings, &grant.roles);
            }
            None => grants.push(Grant { roles: vec![role], principal, rights: rights(settings, &[role]) }),
        }
    }
    grants
}

/// The least that somebody needs who has all these roles.
pub fn rights(settings: &Settings, roles: &[Role]) -> Vec<Right> {
    let mut rights: Vec<Right> = Vec::new();
    for right in roles.iter().flat_map(|role| of_role(settings, *role)) {
        match rights.iter_mut().find(|known| known.resource == right.resource) {
            Some(known) => known.operations.extend(right.operations),
            None => rights.push(right),
        }
    }
    for right in &mut rights {
        right.operations.sort_unstable();
        right.operations.dedup();
        if right.operations.iter().any(|operation| matches!(operation, Read | Write)) {
            right.operations.retain(|operation| *operation != Describe);
        }
    }
    rights
}

/// Of a topic, what these roles need; empty: they have nothing to do with it.
pub fn on_topic(topic: &Wanted, roles: &[Role]) -> Vec<Operation> {
    let mut operations: Vec<Operation> = roles.iter().flat_map(|role| of_topic(topic, *role)).copied().collect();
    operations.sort_unstable();
    operations.dedup();
    operations
}

fn of_topic(topic: &Wanted, role: Role) -> &'static [Operation] {
    match (role, topic.flow, topic.key) {
        (Role::Intake, Flow::In, _) => &[Read, DescribeConfigs],
        // Where its offsets are gone, the log shows that Intake has worked before.
        (Role::Intake, _, "topics.intake") => &[Read, Write, DescribeConfigs],
        (Role::Intake, _, "topics.dead_letters") => &[Write, DescribeConfigs],
        (Role::Decide, Flow::Internal, _) => &[Read, Write, DescribeConfigs],
        (Role::Decide, Flow::Out | Flow::Copy, _) => &[Write, DescribeConfigs],
        (Role::Operator, _, "topics.intake" | "topics.changelog" | "topics.dead_letters") => &[Read, DescribeConfigs],
        (Role::Operator, ..) => &[Describe, DescribeConfigs],
        // When leads were handed off is recorded on their topic alone.
        (Role::Recovery, _, "topics.intake" | "topics.leads") => &[Read, DescribeConfigs],
        (Role::Recovery, _, "topics.changelog") => &[Read, Write, DescribeConfigs],
        (Role::Producer(key), Flow::In, of) if key == of => &[Write],
        (Role::Consumer(key), Flow::Out | Flow::Copy, of) if key == of => &[Read],
        _ => &[],
    }
}

fn of_role(settings: &Settings, role: Role) -> Vec<Right> {
    let right = |resource, operations: &[Operation]| Right { resource, operations: operations.to_vec() };
    let group = |stage: &str| Resource::Group(format!("{}-{stage}", settings.application));
    let transactions = |stage: &str| Resource::TransactionalIds(Identity::prefix(&settings.application, stage));
    let topics = wanted(settings).into_iter().map(|topic| (of_topic(&topic, role), topic.name));
    let mut rights: Vec<Right> = topics
        .filter(|(operations, _)| !operations.is_empty())
        .map(|(operations, name)| right(Resource::Topic(name), operations))
        .collect();
    rights.extend(match role {
        // How far Decide is, and which law it has, is noted beside its offsets.
        Role::Intake => vec![right(group("intake"), &[Read]), right(group("decide"), &[Describe]), right(transactions("intake"), &[Write])],
        Role::Decide => vec![right(group("decide"), &[Read]), right(transactions("decide"), &[Write])],
        Role::Operator => vec![right(group("decide"), &[Describe])],
        Role::Recovery => vec![right(group("decide"), &[Read]), right(transactions("decide"), &[Write])],
        Role::Producer(_) => Vec::new(),
        // Named as its reader is.
        Role::Consumer(_) => vec![right(Resource::Group(role.name()), &[Read])],
    });
    rights
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn with(change: impl Fn(&mut Settings)) -> Vec<Grant> {
        let mut settings = Settings::default();
        change(&mut settings);
        grants(&settings)
    }

    fn may(grant: &Grant, operation: Operation) -> Vec<&str> {
        grant.rights.iter().filter(|right| right.operations.contains(&operation)).map(|right| right.resource.name()).collect()
    }

    #[test]
    fn each_stage_has_what_it_does_and_the_log_has_two_writers() {
        let grants = with(|_| {});
        let of = |role| grants.iter().find(|grant| grant.roles == [role]).unwrap();
        assert_eq!(may(of(Role::Intake), Write), ["relevo.intake.v1", "relevo.dead-letters.v1", "relevo.intake."]);
        let read = ["marketing.interactions.v1", "crm.accounts.v1", "sales.activities.v1", "relevo.intake.v1", "relevo-intake"];
        assert_eq!(may(of(Role::Intake), Read), read);
        assert_eq!(may(of(Role::Decide), Read), ["relevo.intake.v1", "relevo.changelog.v1", "relevo-decide"]);
        assert_eq!(may(of(Role::Operator), Write), [""; 0], "who looks changes nothing");
        let mut writers = BTreeMap::<&str, Vec<&str>>::new();
        for grant in &grants {
            for topic in may(grant, Write) {
                writers.entry(topic).or_default().push(&grant.principal);
            }
        }
        assert_eq!(writers["relevo.intake.v1"], ["User:relevo-intake", "User:relevo-decide"]);
        assert_eq!(writers["sales.activities.v1"], ["User:activities-writer"], "the connector's alone");
        let roles: Vec<String> = grants.iter().map(|grant| grant.roles[0].name()).collect();
        let outer = ["interactions-writer", "accounts-writer", "activities-writer", "leads-reader", "follow-up-reader", "decisions-reader"];
        assert_eq!(roles[4..10], outer);
    }

    #[test]
    fn who_signs_in_as_one_has_the_rights_of_both_and_no_operation_twice() {
        let grants = with(|settings| {
            settings.kafka.principals.intake = Some("User:CN=relevo".into());
            settings.kafka.principals.decide = Some("User:CN=relevo".into());
            settings.routes.allowed_topics = vec!["copies.a".into(), "copies.b".into()];
        });
        let both = &grants[0];
        assert_eq!((both.principal.as_str(), both.roles.as_slice()), ("User:CN=relevo", [Role::Intake, Role::Decide].as_slice()));
        for right in &both.rights {
            let mut once = right.operations.clone();
            once.dedup();
            assert_eq!(once, right.operations, "{right:?}");
            let seen = right.operations.contains(&Describe) && right.operations.iter().any(|operation| matches!(operation, Read | Write));
            assert!(!seen, "who may read or write may see: {right:?}");
        }
        let log = both.rights.iter().find(|right| right.resource == Resource::Topic("relevo.intake.v1".into())).unwrap();
        assert_eq!(log.operations, [DescribeConfigs, Read, Write]);
        let readers = grants.iter().filter(|grant| grant.roles == [Role::Consumer("routes.allowed_topics")]);
        assert_eq!(readers.map(|grant| may(grant, Read)).collect::<Vec<_>>(), [["copies.a", "copies.b", "copies-reader"]]);
    }
}
