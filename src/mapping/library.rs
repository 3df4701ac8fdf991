//! The maps that come with Relevo, each with what it is for: exports and change events of the usual CRMs.
//!
//! They are files under `deploy/maps/`, so that anybody can read and copy them, and are in the binary too.

/// A map that comes with Relevo.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// By which it is asked for.
    pub name: &'static str,
    /// What it is for, from its first line.
    pub text: &'static str,
    /// Whether it is for live topics, not for files.
    pub live: bool,
}

macro_rules! shipped {
    ($($name:literal $live:literal,)+) => {
        /// Every map, files first.
        pub const SHIPPED: &[Shipped] = &[$(Shipped {
            name: $name,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/maps/", $name, ".yaml")),
            live: $live,
        },)+];
    };
}

shipped! {
    "salesforce-campaign-members" false,
    "salesforce-leads" false,
    "salesforce-opportunities" false,
    "hubspot-contacts" false,
    "hubspot-form-submissions" false,
    "hubspot-deals" false,
    "calendly-events" false,
    "eventbrite-attendees" false,
    "google-lead-forms" false,
    "linkedin-lead-gen-forms" false,
    "mailchimp-activity" false,
    "marketo-activities" false,
    "meta-lead-ads" false,
    "pardot-prospect-activities" false,
    "pardot-prospects" false,
    "zoom-webinar-attendees" false,
    "salesforce-task-changes" true,
    "hubspot-engagements" true,
}

impl Shipped {
    /// The map of this name.
    pub fn named(name: &str) -> Option<&'static Shipped> {
        SHIPPED.iter().find(|map| map.name == name)
    }

    /// What it is for: the sentence of its first line.
    pub fn about(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches(['#', ' '])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::{compile, compile_live};

    #[test]
    fn every_map_that_comes_with_relevo_loads_without_a_word() {
        for map in SHIPPED {
            let compiled = if map.live { compile_live(map.text.as_bytes(), map.name) } else { compile(map.text.as_bytes(), map.name) };
            let warnings = compiled.unwrap_or_else(|found| panic!("{}: {found:#?}", map.name)).warnings;
            assert!(warnings.is_empty(), "{}: {warnings:#?}", map.name);
            assert!(map.about().ends_with('.') && map.about().len() > 30, "{}", map.about());
        }
    }
}
