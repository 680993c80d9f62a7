//! The form of an adapter file.

use serde::Serialize;

use super::Address;
use crate::json::{from_str, record, told};
use crate::page::{Ask, Linked, SCOPE};
use crate::sorted::Map;
use crate::vocabulary::{Audience, Code, EvidenceKind, Field, Group, PageKind, Relation, Signal, words};

/// What is known of one site, or of one way of publishing profiles.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Adapter {
    /// The schema this file follows, for editors.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Short name.
    pub id: String,
    /// Its version; raised by every change, and named in every report and log entry.
    pub version: String,
    /// The knowledge it rests on, for people.
    pub rests_on: String,
    /// Hosts it covers, each with everything below it; `*` is any host, whose pages are recognised by their markup.
    pub hosts: Vec<String>,
    /// It is asked after every other that covers the same pages.
    #[serde(default)]
    pub last: bool,
    /// Paths of profiles (see [`Address::path_is`]).
    #[serde(default)]
    pub profile_paths: Vec<String>,
    /// Whether the query is part of what names a page.
    #[serde(default)]
    pub keep_query: bool,
    /// How pages that are not profiles are recognised.
    #[serde(default)]
    pub kinds: Vec<KindRule>,
    /// Names that stand in for an owner who shows themselves to nobody.
    #[serde(default)]
    pub private_names: Vec<String>,
    /// Elements that, with all that is in them, never belong to the owner, whatever a layout says: their selectors.
    #[serde(default)]
    pub never: Vec<String>,
    /// Elements whose open shadow trees belong to the page: their selectors.
    #[serde(default)]
    pub shadows: Vec<String>,
    /// Signs of this site that its owners limit reuse.
    #[serde(default)]
    pub signals: Vec<SignalRule>,
    /// The words for each degree of connection, in the languages they were seen in.
    #[serde(default)]
    pub degrees: Map<Relation, Vec<String>>,
    /// Places outside the owner's part that every signed-in layout has: the dialogs that open on a profile.
    #[serde(default)]
    pub shared: Map<Field, Vec<Place>>,
    /// Links in those dialogs that name whose they are.
    #[serde(default)]
    pub shared_owner: Vec<String>,
    /// How many parts of a path name a person.
    #[serde(default)]
    pub owner_path: u32,
    /// The ways a profile has been marked up. The first that is found counts.
    #[serde(default)]
    pub layouts: Vec<Layout>,
    /// Which evidence there is for who may see a field.
    #[serde(default)]
    pub audience: Vec<AudienceRule>,
    /// Examples that must come out as they say.
    #[cfg_attr(not(target_arch = "wasm32"), serde(default, skip_serializing_if = "Vec::is_empty"))]
    #[cfg_attr(target_arch = "wasm32", serde(skip))]
    pub cases: Cases,
}

record!(Adapter { id, version, rests_on, hosts } optional { schema = "$schema", last, profile_paths, keep_query, kinds, private_names, never, shadows, signals, degrees, shared, shared_owner, owner_path, layouts, audience, cases });

/// The examples of an adapter. In a browser they are let be: what is shipped has none, and those of others were tried where they were made.
#[cfg(not(target_arch = "wasm32"))]
pub type Cases = Vec<Case>;
/// The examples of an adapter, let be.
#[cfg(target_arch = "wasm32")]
pub type Cases = crate::json::Unread;

/// How a page that is not a profile is recognised.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KindRule {
    /// What it is.
    pub kind: PageKind,
    /// Paths at which a page is of this kind whatever it holds.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Selectors of which one shows the kind even where a profile is found too.
    #[serde(default)]
    pub marks: Vec<String>,
    /// Types of JSON-LD of which one shows the kind even where a profile is found too.
    #[serde(default)]
    pub ld: Vec<String>,
    /// Selectors of which one shows the kind where no profile is found.
    #[serde(default)]
    pub hints: Vec<String>,
    /// Types of JSON-LD of which one shows the kind where no profile is found.
    #[serde(default)]
    pub ld_hints: Vec<String>,
}

record!(KindRule { kind } optional { paths, marks, ld, hints, ld_hints });

/// A sign of one site that its owners limit reuse. A signal may lower what is allowed, never raise it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SignalRule {
    /// What it comes to.
    pub signal: Signal,
    /// Where it stands.
    pub css: String,
    /// The attribute that is asked about, in place of the shown text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attr: Option<String>,
    /// Only nodes that answer this with yes count; without it, to be there is enough.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Ask>,
}

record!(SignalRule { signal, css } optional { attr, filter = "where" });

/// One way of marking up a profile.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Short name; reports carry it.
    pub id: String,
    /// Who looks at it.
    pub view: View,
    /// Selectors that must all be found for the page to be of this layout.
    #[serde(default)]
    pub anchors: Vec<String>,
    /// Selectors of which none may be found.
    #[serde(default)]
    pub unless: Vec<String>,
    /// What else stands on every page of this layout. Where one of these selectors finds nothing, the site has changed, and the page is not
    /// understood.
    #[serde(default)]
    pub expects: Vec<String>,
    /// The part of the page that is the owner's. There must be exactly one owner in it.
    pub owner: Place,
    /// Signs that the viewer looks at their own profile.
    #[serde(default)]
    pub own: Vec<String>,
    /// Where the degree of connection stands.
    #[serde(default)]
    pub degree: Vec<String>,
    /// Where each field stands: alternatives of which all are looked at. Those that are found must agree.
    pub fields: Map<Field, Vec<Place>>,
}

record!(Layout { id, view, owner, fields } optional { anchors, unless, expects, own, degree });

words! {
    /// Who a layout is shown to.
    View("view") {
        /// A member of the network.
        SignedIn = "signed_in",
        /// Nobody in particular.
        SignedOut = "signed_out",
        /// It cannot be told.
        Any = "any",
    }
}

/// A place in a page.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// A selector; for a field, of what lies in the owner's part (`:scope` alone is that part itself), unless `anywhere` is set. Exactly one of
    /// `css` and `ld` is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub css: Option<String>,
    /// A place in the page's JSON-LD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ld: Option<Linked>,
    /// The attribute that holds the value, in place of the shown text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attr: Option<String>,
    /// The place may lie outside the owner's part (a dialog of the same owner).
    #[serde(default)]
    pub anywhere: bool,
    /// Only nodes that answer this with yes count.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Ask>,
}

record!(Place {  } optional { css, ld, attr, anywhere, filter = "where" });

/// One piece of knowledge about who may see fields.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AudienceRule {
    /// Fields it speaks of.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// Groups of fields it speaks of.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// Relations of the viewer under which it holds; none: all.
    #[serde(default)]
    pub when: Vec<Relation>,
    /// Layouts in which it holds; none: all.
    #[serde(default)]
    pub layouts: Vec<String>,
    /// It holds only for what is, or lies in, such an element: how a page states item by item who may see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// How it is known.
    pub kind: EvidenceKind,
    /// The widest audience it proves.
    pub bound: Audience,
}

record!(AudienceRule { kind, bound } optional { fields, groups, when, layouts, within });

/// An example that comes with an adapter.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows.
    pub says: String,
    /// The address of the page.
    pub url: String,
    /// The page.
    pub html: String,
    /// Which of several people on it is meant, counted from 0; none: there has to be one alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<u32>,
    /// What must be read from it.
    pub expect: Expectation,
}

record!(Case { says, url, html, expect } optional { person });

/// What a [`Case`] must come to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The kind of page.
    pub kind: PageKind,
    /// How the viewer stands to the owner.
    #[serde(default)]
    pub relation: Option<Relation>,
    /// The layout that is recognised; none: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<String>,
    /// Why the page is refused as a whole; none: it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Code>,
    /// The signals that are seen; none: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signals: Option<Vec<Signal>>,
    /// Every field that is found, with the audience that is proved for it.
    #[serde(default)]
    pub fields: Map<Field, Audience>,
}

record!(Expectation { kind } optional { relation, layout, refused, signals, fields });

impl Adapter {
    /// Reads an adapter file.
    ///
    /// # Errors
    /// A sentence that says what is wrong and where: for a malformed file with line and column, else with the name of the part.
    pub fn parse(text: &str) -> Result<Self, String> {
        let adapter: Self = from_str(text).map_err(|error| told(format_args!("adapter: {error}")))?;
        adapter.check().map_err(|what| told(format_args!("adapter `{}`: {what}", adapter.id)))?;
        Ok(adapter)
    }

    fn check(&self) -> Result<(), String> {
        if self.id.is_empty() || self.version.is_empty() || self.hosts.is_empty() {
            return Err(told("needs an id, a version and at least one host"));
        }
        for places in self.shared.values() {
            check_places("shared", places)?;
        }
        for layout in &self.layouts {
            for places in layout.fields.values() {
                check_places(&layout.id, places)?;
            }
            check_places(&layout.id, core::slice::from_ref(&layout.owner))?;
        }
        for layout in &self.layouts {
            if !layout.fields.contains_key(&Field::Name) {
                return Err(told(format_args!("layout `{}` has no place for `name`, so its owner could not be told", layout.id)));
            }
            if self.covers_any() && !self.last && layout.anchors.is_empty() {
                return Err(told(format_args!(
                    "layout `{}` covers any host and has no anchor, so every page would be of it",
                    layout.id
                )));
            }
        }
        for rule in &self.audience {
            if rule.fields.is_empty() && rule.groups.is_empty() {
                return Err(told("an audience rule names neither fields nor groups"));
            }
            if let Some(id) = rule.layouts.iter().find(|id| self.layouts.iter().all(|layout| layout.id != **id)) {
                return Err(told(format_args!("an audience rule speaks of a layout `{id}`, and there is none")));
            }
        }
        Ok(())
    }

    /// Whether the adapter is meant for this address.
    #[must_use]
    pub fn covers(&self, address: &Address) -> bool {
        self.hosts.iter().any(|host| address.is_on(host))
    }

    /// Whether the adapter is for any site that has no other.
    #[must_use]
    pub fn covers_any(&self) -> bool {
        self.hosts.iter().any(|host| host == "*")
    }

    /// Whether a profile is all that can stand at this address. Not so where an adapter covers any host: there most pages have none.
    #[must_use]
    pub fn expects_profile(&self, address: &Address) -> bool {
        !self.covers_any() && self.profile_paths.iter().any(|path| address.path_is(path))
    }

    /// Name and version, as reports and log entries carry them.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    /// Where a field stands in a layout, each place with whether it is one that layouts share.
    pub(super) fn places<'a>(&'a self, layout: &'a Layout) -> Vec<(Field, &'a Place, bool)> {
        let mut found = Vec::new();
        for (fields, shared) in [(&layout.fields, false), (&self.shared, true)] {
            if shared && layout.view != View::SignedIn {
                continue;
            }
            for (field, places) in fields.iter() {
                for place in places {
                    found.push((*field, place, shared));
                }
            }
        }
        found
    }

    /// What is known of who may see a field of a layout, whoever looks.
    pub(super) fn audience_of(&self, layout: &Layout, field: Field) -> Vec<&AudienceRule> {
        let mut found = Vec::new();
        for rule in &self.audience {
            let about = rule.fields.contains(&field) || rule.groups.contains(&field.group());
            if about && (rule.layouts.is_empty() || rule.layouts.contains(&layout.id)) {
                found.push(rule);
            }
        }
        found
    }
}

/// What is wrong with the places of a field, if anything.
fn check_places(layout: &str, places: &[Place]) -> Result<(), String> {
    for place in places {
        if place.css.is_some() == place.ld.is_some() {
            return Err(told(format_args!("layout `{layout}` has a place with not exactly one of `css` and `ld`")));
        }
        if place.anywhere && place.css.as_deref() == Some(SCOPE) {
            return Err(told(format_args!("layout `{layout}` has a place that is the owner's part itself and `anywhere`")));
        }
    }
    Ok(())
}
