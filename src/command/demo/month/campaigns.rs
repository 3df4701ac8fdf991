//! What the fictitious company sells and which campaigns it ran in the sample month, with the names that people say.
//!
//! Events bear the identifiers, as real ones do; the view looks the names up here.

/// The company of the sample month.
pub const VENDOR: &str = "Cumbre Software";

/// A campaign of the month.
#[derive(Debug, PartialEq, Eq)]
pub struct Campaign {
    /// As events say it.
    pub id: &'static str,
    /// As people say it.
    pub name: &'static str,
    /// As events say it.
    pub channel: &'static str,
    /// Who ran it, where an agency did.
    pub agency: Option<&'static str>,
    /// What it is about, where it is about one thing.
    pub offering: Option<&'static str>,
}

macro_rules! campaigns {
    ($($name:ident = $id:literal, $text:literal, $channel:literal, $agency:expr, $offering:expr;)+) => {
        $(#[doc = $text] pub const $name: &Campaign =
            &Campaign { id: $id, name: $text, channel: $channel, agency: $agency, offering: $offering };)+

        /// Every campaign, in the order of the summary.
        pub const CAMPAIGNS: &[&Campaign] = &[$($name),+];
    };
}

campaigns! {
    GALA = "c-101", "Autumn gala with tastings", "event", Some("a-fiesta"), Some(CRM_SUITE);
    DINNER = "c-102", "Directors' dinner", "event", Some("a-fiesta"), Some(ANALYTICS);
    EXPO = "c-103", "Expo Industria, our stand", "event", Some("a-ferias"), Some(FIELD_SERVICE);
    WEBINAR = "c-104", "Webinar: fewer stock-outs", "webinar", None, Some(ANALYTICS);
    DEMO_TUESDAYS = "c-105", "Demo Tuesdays", "webinar", None, Some(FIELD_SERVICE);
    NEWSLETTER = "c-106", "November newsletter", "email", None, Some(CRM_SUITE);
    SEARCH = "c-107", "Search advertising", "web", Some("a-clicks"), Some(FIELD_SERVICE);
    CALLS = "c-108", "Calls and survey by an agency", "phone", Some("a-marca"), Some(CRM_SUITE);
    WEBSITE = "c-109", "The website itself", "web", None, None;
    ROADSHOW = "c-089", "Spring roadshow (imported late)", "event", Some("a-ferias"), Some(CRM_SUITE);
}

/// Customers in one place.
pub const CRM_SUITE: &str = "crm-suite";
/// Figures about stock and sales.
pub const ANALYTICS: &str = "analytics";
/// Technicians on their way.
pub const FIELD_SERVICE: &str = "field-service";
/// Cards and points for shops.
pub const LOYALTY: &str = "loyalty";

/// The campaign of this identifier.
pub fn campaign(id: &str) -> Option<&'static Campaign> {
    CAMPAIGNS.iter().find(|campaign| campaign.id == id).copied()
}

/// The name of a campaign, or its identifier where nobody named it.
pub fn campaign_name(id: &str) -> &str {
    campaign(id).map_or(id, |campaign| campaign.name)
}
