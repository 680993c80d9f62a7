//! What has to be right in a policy beyond its form. Every check looks at the text itself, so that what one part lacks hides nothing
//! that is wrong with another, and everything is told at once.

use core::fmt::Display;

use super::document::{Controller, Policy};
use super::{LONGEST_RETENTION, Role, VERSION, is_blank, pseudo};
use crate::json::{Json, Problems, Read};
use crate::vocabulary::{Audience, Field, Group, Relation, Removal};

/// Reads a policy and tells everything that is wrong with it.
pub(super) fn read(json: &Json, role: Role, problems: &mut Problems) -> Option<Policy> {
    let policy = Policy::of(json, problems);
    if !is_object(json) {
        return None;
    }
    form(json, role, problems);
    ids(json, problems);
    for rule in list(json, "permit").iter().filter(|rule| is_object(rule)) {
        permission(rule, problems);
    }
    for rule in list(json, "forbid").iter().filter(|rule| is_object(rule)) {
        prohibition(rule, problems);
    }
    for host in list(json, "permit").iter().chain(list(json, "forbid")).flat_map(|rule| list(rule, "hosts")) {
        hostname(host, host.as_text(), problems);
    }
    if let Some(modes) = json.member("modes") {
        for (host, mode) in modes.pairs() {
            hostname(mode, Some(host), problems);
        }
    }
    screening(json, problems);
    retention(json, problems);
    policy
}

fn list<'a>(json: &'a Json<'a>, key: &str) -> &'a [Json<'a>] {
    json.member(key).map(Json::each).unwrap_or_default()
}

fn is_object(json: &Json) -> bool {
    json.members(&mut Problems::default()).is_some()
}

/// What must be there, and what must not, in a document of this role.
fn form(json: &Json, role: Role, problems: &mut Problems) {
    if let Some(version) = json.member("version")
        && u32::of(version, &mut Problems::default()).is_some_and(|version| version != VERSION)
    {
        version.wrong(problems, format_args!("only version {VERSION} is known"), VERSION.to_string());
    }
    if let Some(controller) = json.member("controller")
        && let Some(Controller { name, contact }) = Controller::of(controller, &mut Problems::default())
        && (is_blank(&name) || is_blank(&contact))
    {
        controller.wrong(
            problems,
            "`controller` needs a `name` and a `contact`",
            "who is responsible, and where people reach them",
        );
    }
    let whole = role == Role::Local || json.member("permit").is_some_and(|permit| !permit.is_null());
    let needs: &[&str] = match role {
        Role::Local => &["version", "controller", "retention"],
        Role::Managed if whole => &["organisation", "purpose", "basis", "retention"],
        Role::Managed => &["organisation"],
    };
    for key in needs {
        if json.member(key).is_none() {
            json.wrong(problems, format_args!("missing field `{key}`"), Missing { key, role });
        }
    }
    let sets = ["permit", "forbid", "signals", "mode", "modes", "screen", "retention"];
    if role == Role::Managed && !sets.iter().any(|key| json.member(key).is_some()) {
        // A browser drops a part that does not fit its schema without a word.
        json.wrong(problems, "these settings set nothing", "`\"forbid\": [...]`, or whatever else they were to set");
    }
    if !whole {
        for key in ["purpose", "basis", "channel", "uses"] {
            if let Some(value) = json.member(key) {
                value.wrong(
                    problems,
                    format_args!("`{key}` belongs to a whole policy, and this one permits nothing"),
                    "it together with `permit`, or leave it out",
                );
            }
        }
    }
}

/// What to write for a field that is missing.
struct Missing<'a> {
    key: &'a str,
    role: Role,
}

impl Display for Missing<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self.key {
            "version" => "`\"version\": 1`",
            "controller" => "`\"controller\": {\"name\": ..., \"contact\": ...}`",
            "organisation" => "`\"organisation\": ...`, the name that people are shown",
            "purpose" => "`\"purpose\": \"dpv:DirectMarketing\"`",
            "basis" => "`\"basis\": {\"kind\": ..., \"assessment\": ...}`",
            _ => "`\"retention\": {\"days\": 1095}`",
        })?;
        let is_told_already = matches!(self.role, Role::Local) || self.key == "organisation";
        f.write_str(if is_told_already { "" } else { ", since what permits is a whole policy" })
    }
}

/// Ids are what verdicts and log entries refer to, so one id is one thing.
fn ids(json: &Json, problems: &mut Problems) {
    let mut known = pseudo::NAMES.to_vec();
    let rules = list(json, "permit").iter().chain(list(json, "forbid"));
    tell_twice(rules, "rule", &mut known, problems);
    let mut known = vec!["main"];
    tell_twice(list(json, "uses").iter(), "use", &mut known, problems);
}

fn tell_twice<'a>(items: impl Iterator<Item = &'a Json<'a>>, what: &str, known: &mut Vec<&'a str>, problems: &mut Problems) {
    for id in items.filter_map(|item| item.member("id")) {
        let Some(text) = id.as_text() else { continue };
        if is_blank(text) || text.bytes().any(|byte| byte == b':') {
            id.wrong(problems, format_args!("a {what} needs an `id`, without a colon"), "a short name such as `no-photo`");
        } else if known.contains(&text) {
            id.wrong(problems, format_args!("another {what} is called `{text}` already"), format_args!("`{text}-2`"));
        } else {
            known.push(text);
        }
    }
}

/// The name of a rule, as far as it has one.
fn id<'a>(json: &'a Json<'_>) -> &'a str {
    json.member("id").and_then(Json::as_text).unwrap_or_default()
}

/// Whether a list is not there, or has nothing in it. What is no list was told already.
fn lacks(json: &Json, key: &str) -> bool {
    let exact = json.pairs().find(|(other, _)| *other == key).map(|(_, value)| value);
    exact.or_else(|| json.member(key)).is_none_or(Json::is_empty_list)
}

/// The item of a list that is this word.
fn item<'a>(json: &'a Json<'a>, key: &str, word: &str) -> Option<&'a Json<'a>> {
    list(json, key).iter().find(|item| item.as_text() == Some(word))
}

/// What holds for permissions and prohibitions alike. Nobody can state the relation `unknown`, so a rule for it would never be what it seems.
fn rule(json: &Json, problems: &mut Problems) {
    let id = id(json);
    if lacks(json, "fields") && lacks(json, "groups") {
        json.wrong(problems, format_args!("rule `{id}` names no field"), "`\"fields\": [...]` or `\"groups\": [...]`");
    }
    if let Some(place) = item(json, "relations", Relation::Unknown.as_str()) {
        place.wrong(
            problems,
            format_args!("rule `{id}` names the relation `unknown`"),
            "no `unknown`: where the relation is not known, prohibitions hold and permissions do not",
        );
    }
}

fn permission(json: &Json, problems: &mut Problems) {
    rule(json, problems);
    let id = id(json);
    if lacks(json, "audiences") {
        json.wrong(
            problems,
            format_args!("rule `{id}` needs at least one audience"),
            "`\"audiences\": [\"platform_members\", \"public_web\"]`",
        );
    }
    if lacks(json, "evidence") {
        json.wrong(
            problems,
            format_args!("rule `{id}` needs at least one kind of evidence"),
            "`\"evidence\": [\"item_visibility\", \"signed_out_view\"]`",
        );
    }
    for place in list(json, "audiences") {
        if let Some(audience) =
            place.as_text().and_then(Audience::from_word).filter(|audience| *audience < Audience::PlatformMembers)
        {
            // What an owner shows to their connections was not shown to a prospecting tool.
            place.wrong(
                problems,
                format_args!("rule `{id}` permits audience `{audience}`, which the owner limited"),
                "`platform_members` or `public_web`",
            );
        }
    }
    if let Some(signals) = json.member("signals") {
        signals.wrong(
            problems,
            format_args!("rule `{id}` permits because of a signal, and a signal may only lower what is allowed"),
            "it in a prohibition",
        );
    }
    let group = item(json, "groups", Group::Contact.as_str());
    let named =
        |field: &&Field| field.group() == Group::Contact && (group.is_some() || item(json, "fields", field.as_str()).is_some());
    let assessed = json.member("assessment").is_some_and(|reference| !reference.as_text().is_some_and(is_blank));
    if let (Some(field), false) = (Field::ALL.iter().find(named), assessed) {
        json.wrong(
            problems,
            format_args!("rule `{id}` permits `{field}`, a way to reach somebody, and needs an `assessment`"),
            "`\"assessment\": ...`, the reference of its own balancing test",
        );
    }
}

fn prohibition(json: &Json, problems: &mut Problems) {
    rule(json, problems);
    if let Some(assessment) = json.member("assessment") {
        assessment.wrong(problems, format_args!("rule `{}` forbids, and needs no `assessment`", id(json)), "no `assessment` here");
    }
}

/// A host as an address carries it; a rule about anything else would never hold.
fn hostname(place: &Json, host: Option<&str>, problems: &mut Problems) {
    let Some(host) = host else { return };
    if !is_host(host) {
        place.wrong(problems, format_args!("`{host}` is no host"), "the host alone in small letters, such as `linkedin.com`");
    } else if let Some(bare) = host.strip_prefix("www.") {
        // Sites are known without it, so the rule would never hold.
        place.wrong(problems, format_args!("`{host}` fits no site: they are known without `www.`"), format_args!("`{bare}`"));
    }
}

/// Whether a text is a host in the form in which addresses carry it.
pub(super) fn is_host(host: &str) -> bool {
    let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    host.split('.').all(|label| !label.is_empty() && label.bytes().all(sound))
}

/// What the law sets apart is never kept by an order: a phrase in which a word means something else is allowed one by one.
fn screening(json: &Json, problems: &mut Problems) {
    let Some(screen) = json.member("screen") else { return };
    if let Some(special) = screen.member("special")
        && special.as_text() == Some(Removal::Keep.as_str())
    {
        special.wrong(problems, "what belongs to a special category cannot be kept", "`cut` or `deny`");
    }
    let terms = list(screen, "terms").iter().filter_map(|term| term.member("term"));
    for blank in terms.chain(list(screen, "allow")).filter(|words| words.as_text().is_some_and(is_blank)) {
        blank.wrong(problems, "there are no words to look for", "a word, or several");
    }
}

fn retention(json: &Json, problems: &mut Problems) {
    let Some(place) = json.member("retention") else { return };
    let Some(days) = place.member("days") else { return };
    // A reason that is no text was told already.
    let reasoned = place.member("reason").is_some_and(|reason| !reason.as_text().is_some_and(is_blank));
    match u32::of(days, &mut Problems::default()) {
        Some(0) => days.wrong(problems, "`retention.days` is 0, so nothing could be kept", "at least 1"),
        Some(count) if count > LONGEST_RETENTION && !reasoned => days.wrong(
            problems,
            format_args!("`retention.days` is above {LONGEST_RETENTION} (three years) and needs a `reason`"),
            format_args!("{LONGEST_RETENTION} or less, or add `\"reason\": ...`"),
        ),
        _ => {}
    }
}
