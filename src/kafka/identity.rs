//! Who a worker is, by one name for its transactions and for its membership in the group. Fencing rests on it: whoever takes over
//! a name ends the work of who had it.
//!
//! `application.stage.pod.worker`: an application's name has no dot, and neither have stage and worker, so no two of them make the
//! same name, and the names of a stage of an application begin with what no other's do. Kafka takes letters, digits, `.`, `_` and
//! `-` in the name of a member, and nothing else.

use std::fmt;

/// Who a worker is: the same after a restart, and of nobody else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The deployment. Without a dot.
    pub application: String,
    /// The process among its like.
    pub pod: String,
    /// `intake` or `decide`.
    pub stage: &'static str,
    /// The worker of the process, from 0.
    pub worker: u32,
}

impl Identity {
    /// What the names of a stage's workers begin with, and no other stage's or application's: access rules are given by it.
    pub fn prefix(application: &str, stage: &str) -> String {
        format!("{application}.{stage}.")
    }

    /// Whether this is the name of a worker of the same application and stage, as this or another pod has it. Nothing else may be
    /// taken over, whatever is noted beside an offset: whoever may commit as the group can write anything there.
    pub fn has_colleague(&self, name: &str) -> bool {
        parts(name).is_some_and(|parts| parts.application == self.application && parts.stage == self.stage)
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}.{}", Self::prefix(&self.application, self.stage), self.pod, self.worker)
    }
}

/// The pod in a worker's name; `None`: it is not one.
pub fn pod_of(name: &str) -> Option<&str> {
    parts(name).map(|parts| parts.pod)
}

struct Parts<'a> {
    application: &'a str,
    pod: &'a str,
    stage: &'a str,
}

fn parts(name: &str) -> Option<Parts<'_>> {
    let (application, rest) = name.split_once('.')?;
    let (stage, rest) = rest.split_once('.')?;
    let (pod, worker) = rest.rsplit_once('.')?;
    let is_number = worker.parse::<u32>().is_ok_and(|number| number.to_string() == worker);
    let taken = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    (is_number && [application, pod, stage].into_iter().all(taken)).then_some(Parts { application, pod, stage })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(application: &str, pod: &str, stage: &'static str, worker: u32) -> Identity {
        Identity { application: application.into(), pod: pod.into(), stage, worker }
    }

    /// A regression: `relevo` with the pod `eu-relevo-0` and `relevo-eu` with the pod `relevo-0` had one name, and fenced each other for ever.
    #[test]
    fn no_two_workers_have_one_name() {
        let applications = ["relevo", "relevo-eu", "relevo_eu", "a", "a-b"];
        let pods = ["relevo-0", "eu-relevo-0", "eu.relevo-0", "b", "b.intake.0", "b.decide", "a-b.c", "0", "decide.0"];
        let mut seen = std::collections::BTreeMap::new();
        for application in applications {
            for pod in pods {
                for stage in ["intake", "decide"] {
                    for worker in [0, 1, 10] {
                        let identity = identity(application, pod, stage, worker);
                        let name = identity.to_string();
                        assert_eq!(pod_of(&name), Some(pod));
                        assert!(identity.has_colleague(&name) && name.starts_with(&Identity::prefix(application, stage)));
                        if let Some(other) = seen.insert(name, identity.clone()) {
                            panic!("{identity:?} and {other:?} have one name");
                        }
                    }
                }
            }
        }
    }

    /// A regression: whatever was noted beside an offset was taken over, also the identity of another application.
    #[test]
    fn only_workers_of_the_same_application_and_stage_are_colleagues() {
        let me = identity("relevo", "relevo-0", "decide", 0);
        for name in ["relevo.decide.relevo-1.0", "relevo.decide.relevo-0.7", "relevo.decide.host.domain.example.0"] {
            assert!(me.has_colleague(name), "{name}");
        }
        let foreign = [
            "",
            ".",
            "relevo",
            "payments",
            "relevo.decide.0",
            "relevo..decide.0",
            "relevo-eu.decide.relevo-0.0",
            "relevo.intake.relevo-0.0",
            "relevo.decide.relevo-0.",
            "relevo.decide.relevo-0.00",
            "relevo.decide.relevo-0.-1",
            "relevo.decide.relevo-0.+1",
            "relevo.decide.relevo-0.0 ",
            "relevo.decide.relevo 0.0",
            "relevo.decide.relevo/0.0",
            "relevo-relevo-0-decide-0",
            "xrelevo.decide.relevo-0.0",
        ];
        foreign.iter().for_each(|name| assert!(!me.has_colleague(name), "{name}"));
    }
}
