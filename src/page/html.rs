//! The probe for saved pages: answers a [`Plan`] from HTML text, without a browser. Native only.
//!
//! It answers as the browser's probe does, with one difference that cannot be helped: without a layout engine it knows of hiding only
//! what is written in the page (the `hidden` attribute, inline styles, and plain rules of `<style>` elements). What a style sheet
//! elsewhere hides counts as shown here, and what a script would show counts as hidden. `scruple inspect` is a tool for looking
//! into pages and for tests; captures are made in the browser.

use std::collections::{BTreeMap, HashMap, HashSet};

use ego_tree::NodeId;
use scraper::{ElementRef, Html, Node as Dom, Selector};
use unicode_normalization::UnicodeNormalization;

use super::hiding::{hides, hiding_rules};
use super::names::Names;
use super::published::Published;
use super::{Answer, Ask, Linked, Node, Permit, Plan, Query, SCOPE, Shown, Sightings, VERSION, Value, Values};
use crate::digest::named;
use crate::screen::is_masked;

/// A saved page, with the nodes that were told of in the last inspection.
pub struct SavedPage {
    html: Html,
    /// The place of every node in the page, as parsing does not keep them in order.
    order: HashMap<NodeId, usize>,
    names: Names,
    published: Published,
    hiding: Vec<(Selector, Shown)>,
    records: Vec<Record>,
    nonce: String,
    pin: String,
}

/// What one handle stands for.
struct Record {
    /// What kind of node it is: its element, with the classes and the marks that selectors name it by.
    kind: String,
    text: String,
    print: String,
}

/// A node that matched, before it is told of.
struct Found<'a> {
    element: Option<ElementRef<'a>>,
    shown: Shown,
    /// `None` when it is too long to be looked at.
    text: Option<String>,
}

impl SavedPage {
    /// Reads a page from its text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let html = Html::parse_document(text);
        let order = html.tree.root().descendants().zip(0..).map(|(node, place)| (node.id(), place)).collect();
        let hiding = hiding_rules(&html);
        let published = Published::of(&html);
        let names = Names::of(&html);
        Self { html, order, names, published, hiding, records: Vec::new(), nonce: String::new(), pin: String::new() }
    }

    /// Answers a plan, as JSON text: the message the browser's probe would send.
    pub fn inspect(&mut self, plan: &Plan) -> String {
        let elements = self.html.tree.values().filter(|node| node.is_element()).count();
        let elements = u32::try_from(elements).unwrap_or(u32::MAX);
        if elements > plan.limits.elements {
            return refusal(&plan.nonce, "too_many_elements");
        }
        let Some((answers, records, pin)) = self.run(plan) else { return refusal(&plan.nonce, "failed") };
        self.records = records;
        self.nonce.clone_from(&plan.nonce);
        self.pin.clone_from(&pin);
        let sightings = Sightings { v: VERSION, nonce: plan.nonce.clone(), pin, elements, answers };
        serde_json::to_string(&sightings).unwrap_or_else(|_| refusal(&plan.nonce, "failed"))
    }

    /// Reads what a permit names, as JSON text.
    #[must_use]
    pub fn read(&self, permit: &Permit) -> String {
        if permit.nonce != self.nonce {
            return refusal(&permit.nonce, "no_inspection");
        }
        if permit.pin != self.pin {
            return refusal(&permit.nonce, "changed");
        }
        let read = |one: &super::ReadOne| {
            let record = usize::try_from(one.h).ok().and_then(|h| self.records.get(h));
            match record.filter(|record| record.print == one.print) {
                Some(record) => Value { h: one.h, text: Some(record.text.clone()), refused: None },
                None => Value { h: one.h, text: None, refused: Some("changed".into()) },
            }
        };
        let values = Values { v: VERSION, nonce: permit.nonce.clone(), values: permit.read.iter().map(read).collect() };
        serde_json::to_string(&values).unwrap_or_else(|_| refusal(&permit.nonce, "failed"))
    }

    /// What kind of node a handle of the last inspection stands for. It says nothing of what the page says.
    #[must_use]
    pub fn node_kind(&self, h: u32) -> Option<&str> {
        Some(&self.records.get(usize::try_from(h).ok()?)?.kind)
    }

    /// The text of such a node.
    #[must_use]
    pub fn value(&self, h: u32) -> Option<&str> {
        Some(&self.records.get(usize::try_from(h).ok()?)?.text)
    }

    /// Nothing when it cannot be told which shadow trees belong to the page.
    fn run(&self, plan: &Plan) -> Option<(Vec<Answer>, Vec<Record>, String)> {
        let mut answers: Vec<Answer> = Vec::with_capacity(plan.queries.len());
        let mut records = Vec::new();
        let mut pinned = String::new();
        let mut pass = Pass::of(self, plan)?;
        for query in &plan.queries {
            let met = query.needs.iter().all(|need| answers.iter().any(|answer| answer.id == *need && answer.count > 0));
            let answer =
                if met { self.answer(query, plan, &mut pass, &mut records) } else { Answer { id: query.id, ..Answer::default() } };
            if query.pin {
                pinned.push_str(&serde_json::to_string(&answer).unwrap_or_default());
            }
            answers.push(answer);
        }
        Some((answers, records, print(&plan.nonce, &pinned)))
    }

    fn answer<'a>(&'a self, query: &Query, plan: &Plan, pass: &mut Pass<'a>, records: &mut Vec<Record>) -> Answer {
        let failed = |error: &str| Answer { id: query.id, error: Some(error.into()), ..Answer::default() };
        let longest = usize::try_from(plan.limits.text).unwrap_or(usize::MAX);
        let mut found: Vec<Found<'_>> = match (&query.css, &query.ld) {
            (Some(css), _) => {
                let Some(mut elements) = pass.select(self, query, css) else { return failed("selector") };
                if let (true, Some(person)) = (query.owner, plan.person) {
                    elements = elements.into_iter().skip(usize::try_from(person).unwrap_or(usize::MAX)).take(1).collect();
                }
                let found = elements.iter().map(|element| self.found(*element, query, longest)).collect();
                pass.elements.insert(query.id, elements);
                found
            }
            (None, Some(linked)) => self.linked(linked, longest),
            (None, None) => return failed("selector"),
        };
        // Published data does not say which of several people on a page somebody pointed at.
        if query.owner && query.ld.is_some() && plan.person.is_some() {
            found.clear();
        }
        if query.presence {
            return Answer { id: query.id, count: u32::from(!found.is_empty()), ..Answer::default() };
        }
        let most = usize::try_from(plan.limits.nodes).unwrap_or(usize::MAX);
        let count = u32::try_from(found.len().min(most.saturating_add(1))).unwrap_or(u32::MAX);
        let nodes = found.into_iter().take(most).map(|found| self.node(query, plan, found, records)).collect();
        Answer { id: query.id, count, nodes, error: None }
    }

    fn node(&self, query: &Query, plan: &Plan, found: Found<'_>, records: &mut Vec<Record>) -> Node {
        let h = u32::try_from(records.len()).unwrap_or(u32::MAX);
        let kind = found.element.map_or_else(|| "JSON-LD".to_owned(), kind_of);
        let yes = |holds: &dyn Fn(&Ask) -> bool| {
            (0..).zip(&query.asks).filter(|(_, ask)| holds(ask)).map(|(number, _)| number).collect::<Vec<u32>>()
        };
        let Some(text) = &found.text else {
            let none = "0".repeat(16);
            records.push(Record { kind, text: String::new(), print: none.clone() });
            // Where it stands can be told all the same.
            let yes = yes(&|ask| matches!(ask, Ask::Within(_)) && self.says_yes(ask, &plan.at, &found, ""));
            return Node { h, shown: found.shown, yes, print: none, error: Some("text_too_long".into()) };
        };
        let yes = yes(&|ask| self.says_yes(ask, &plan.at, &found, text));
        let print = print(&plan.nonce, text);
        records.push(Record { kind, text: bare_address(text).to_owned(), print: print.clone() });
        Node { h, shown: found.shown, yes, print, error: None }
    }

    fn found<'a>(&self, element: ElementRef<'a>, query: &Query, longest: usize) -> Found<'a> {
        let published = query.attr.is_some() && matches!(element.value().name(), "meta" | "link");
        let shown = if published { Shown::Published } else { self.shown(element) };
        let text = match &query.attr {
            Some(attr) => element.value().attr(attr).unwrap_or_default().to_owned(),
            None if shown.is_painted() => self.shown_text(element),
            // What is not painted is asked about as well, with all that is in it.
            None => folded(&all_text(element)),
        };
        let text = (text.encode_utf16().count() <= longest).then(|| folded(&text));
        Found { element: Some(element), shown, text }
    }

    fn says_yes(&self, ask: &Ask, at: &str, found: &Found<'_>, text: &str) -> bool {
        let plain = normalise(text);
        match ask {
            Ask::Is(words) => words.contains(&plain),
            Ask::Has(words) => words.iter().any(|word| plain.contains(word.as_str())),
            Ask::Tokens(words) => tokens(&plain.replace(": ", ":")).any(|token| words.iter().any(|word| word == token)),
            Ask::Masked(_) => is_masked(&plain.replace(['▒', '▓'], "█")) || plain.contains("···"),
            Ask::Empty(_) => plain.is_empty(),
            Ask::Within(css) => match (Selector::parse(css), found.element) {
                (Ok(selector), Some(element)) => lineage(element).any(|element| selector.matches(&element)),
                _ => false,
            },
            Ask::Painted(_) if found.shown == Shown::Published => self.is_painted(&plain),
            Ask::Painted(_) => found.shown.is_painted(),
            Ask::Here(parts) => is_here(text, at, *parts),
            Ask::Near(near) => match (Selector::parse(&near.css), found.element) {
                (Ok(selector), Some(element)) => lineage(element)
                    .find(|element| selector.matches(element))
                    .map(|element| normalise(&self.shown_text(element)))
                    .is_some_and(|around| near.has.iter().any(|word| around.contains(word.as_str()))),
                _ => false,
            },
        }
    }

    /// Whether a text stands in a heading, a marked-up name, or anywhere in what is shown.
    fn is_painted(&self, plain: &str) -> bool {
        let shown_in = |css: &str| {
            Selector::parse(css).is_ok_and(|selector| {
                let mut elements = self.html.select(&selector).filter(|element| self.shown(*element).is_painted());
                elements.any(|element| normalise(&self.shown_text(element)).contains(plain))
            })
        };
        !plain.is_empty() && (shown_in("h1, h2, h3, [itemprop~='name'], .p-name, .fn") || shown_in("body"))
    }

    /// How an element is shown, as far as the page's own text says.
    fn shown(&self, element: ElementRef<'_>) -> Shown {
        let mut aria = false;
        for element in lineage(element) {
            if let Some(hidden) = self.hidden(element) {
                return hidden;
            }
            aria |= element.value().attr("aria-hidden") == Some("true");
        }
        if aria { Shown::AriaHidden } else { Shown::Rendered }
    }

    /// Whether this very element hides itself and what is in it.
    fn hidden(&self, element: ElementRef<'_>) -> Option<Shown> {
        const NEVER: [&str; 14] = [
            "head", "script", "style", "noscript", "meta", "link", "title", "datalist", "area", "base", "param", "rp", "noembed",
            "noframes",
        ];
        let value = element.value();
        let closed = match value.name() {
            "details" | "dialog" => value.attr("open").is_none(),
            "template" => !is_open_shadow(element),
            "input" => value.attr("type") == Some("hidden"),
            name => NEVER.contains(&name),
        };
        if closed || value.attr("hidden").is_some() {
            return Some(Shown::CssHidden);
        }
        let by_rule = self.hiding.iter().find(|(selector, _)| selector.matches(&element)).map(|(_, shown)| *shown);
        value.attr("style").and_then(hides).or(by_rule)
    }

    /// The text of an element as a person reads it: shown parts only, white space folded, a space where a block or a line ends.
    fn shown_text(&self, element: ElementRef<'_>) -> String {
        let mut text = String::new();
        self.push_text(element, &mut text);
        folded(&text)
    }

    fn push_text(&self, element: ElementRef<'_>, out: &mut String) {
        // An explicit stack: a page may be nested deeper than a thread's stack.
        let mut stack = vec![Step::Enter(*element)];
        while let Some(step) = stack.pop() {
            let node = match step {
                Step::Enter(node) => node,
                Step::Space => {
                    out.push(' ');
                    continue;
                }
            };
            if let Dom::Text(text) = node.value() {
                out.push_str(text);
            }
            let Some(child) = ElementRef::wrap(node) else { continue };
            if is_replaced(child.value().name()) || child.id() != element.id() && self.hidden(child).is_some() {
                continue;
            }
            if is_block(child.value().name()) {
                out.push(' ');
                stack.push(Step::Space);
            }
            stack.extend(node.children().rev().map(Step::Enter));
        }
    }

    /// The texts at a place in the page's JSON-LD.
    fn linked(&self, linked: &Linked, longest: usize) -> Vec<Found<'_>> {
        let texts = self.published.texts(linked).into_iter();
        let fits = |text: &str| text.encode_utf16().count() <= longest;
        texts.map(|text| Found { element: None, shown: Shown::Published, text: fits(&text).then(|| folded(&text)) }).collect()
    }
}

/// How many trees of a page are looked into: the page itself, and shadow trees.
const MOST_TREES: usize = 20;

/// One pass over a page: what its plan leaves out, the trees that it looks into, and which elements earlier questions found.
struct Pass<'a> {
    never: Vec<Option<Selector>>,
    /// The templates that hold the open shadow trees, in the order in which they are looked into, behind the page itself.
    trees: Vec<Option<NodeId>>,
    elements: BTreeMap<u32, Vec<ElementRef<'a>>>,
}

impl<'a> Pass<'a> {
    fn of(page: &'a SavedPage, plan: &Plan) -> Option<Self> {
        let never = plan.never.iter().map(|css| Selector::parse(css).ok()).collect();
        let mut trees = vec![None];
        if let Some(css) = &plan.shadows {
            let shadows = Selector::parse(css).ok()?;
            let mut templates: Vec<ElementRef<'_>> = page
                .html
                .select(&Selector::parse("template[shadowrootmode]").ok()?)
                .filter(|template| is_open_shadow(*template))
                .filter(|template| host_of(*template).is_some_and(|host| shadows.matches(&host)))
                .collect();
            templates.sort_by_key(|template| page.order.get(&template.id()));
            let mut at = 0;
            while let Some(tree) = trees.get(at).copied() {
                let inner = templates.iter().filter(|template| tree_of(**template) == tree).map(|template| Some(template.id()));
                trees.extend(inner.take(MOST_TREES.saturating_sub(trees.len())).collect::<Vec<_>>());
                at += 1;
            }
        }
        Some(Self { never, trees, elements: BTreeMap::new() })
    }

    /// The elements a question is about; none when one of its selectors cannot be read.
    fn select(&self, page: &'a SavedPage, query: &Query, css: &str) -> Option<Vec<ElementRef<'a>>> {
        let never = match query.never {
            None => None,
            Some(number) => Some(self.never.get(usize::try_from(number).ok()?)?.as_ref()?),
        };
        let mut found: Vec<ElementRef<'a>> = match query.inside {
            None => {
                let selector = Selector::parse(css).ok()?;
                if page.names.might_match(css) { self.sorted(page, page.html.select(&selector)) } else { Vec::new() }
            }
            Some(id) => {
                let around = self.elements.get(&id).map(Vec::as_slice).unwrap_or_default();
                if css == SCOPE {
                    around.to_vec()
                } else {
                    let selector = Selector::parse(css).ok()?;
                    let mut seen = HashSet::new();
                    let all = around.iter().flat_map(|around| self.sorted(page, around.select(&selector)));
                    all.filter(|element| seen.insert(element.id())).collect()
                }
            }
        };
        found.retain(|element| !never.is_some_and(|never| lineage(*element).any(|around| never.matches(&around))));
        Some(found)
    }

    /// Those in the page and in the shadow trees that the plan looks into, tree by tree. Templates hold no part of a page.
    fn sorted(&self, page: &SavedPage, found: impl Iterator<Item = ElementRef<'a>>) -> Vec<ElementRef<'a>> {
        let place = |element: &ElementRef<'_>| {
            let tree = tree_of(*element);
            let tree = self.trees.iter().position(|known| *known == tree)?;
            Some((tree, page.order.get(&element.id()).copied()))
        };
        let mut found: Vec<_> = found.filter_map(|element| Some((place(&element)?, element))).collect();
        found.sort_by_key(|(place, _)| *place);
        found.into_iter().map(|(_, element)| element).collect()
    }
}

/// The template whose content an element belongs to; none: it stands in the page itself.
fn tree_of(element: ElementRef<'_>) -> Option<NodeId> {
    element
        .ancestors()
        .filter_map(ElementRef::wrap)
        .find(|around| around.value().name() == "template")
        .map(|template| template.id())
}

/// The element whose shadow tree a template is, if it is one.
fn host_of(template: ElementRef<'_>) -> Option<ElementRef<'_>> {
    template.parent().and_then(ElementRef::wrap)
}

fn is_open_shadow(template: ElementRef<'_>) -> bool {
    template.value().attr("shadowrootmode").is_some_and(|mode| mode.eq_ignore_ascii_case("open"))
}

/// The words of a list for machines, and behind the name of one machine the word that is for it. `max-image-preview:none` is one word.
fn tokens(plain: &str) -> impl Iterator<Item = &str> {
    let words = plain.split([' ', ',', ';']).filter(|word| !word.is_empty());
    words.flat_map(|word| {
        let told = word.split_once(':').filter(|(name, _)| !name.starts_with("max-"));
        [Some(word), told.map(|(name, _)| name), told.map(|(_, rest)| rest)].into_iter().flatten()
    })
}

/// All text in an element, shown or not. What a template holds is in no page.
fn all_text(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    let mut stack = vec![*element];
    while let Some(node) = stack.pop() {
        match node.value() {
            Dom::Text(own) => text.push_str(own),
            Dom::Fragment => {}
            _ => stack.extend(node.children().rev()),
        }
    }
    text
}

/// One step of walking a tree.
enum Step<'a> {
    Enter(ego_tree::NodeRef<'a, Dom>),
    Space,
}

/// An element and everything it lies in.
fn lineage(element: ElementRef<'_>) -> impl Iterator<Item = ElementRef<'_>> {
    core::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap))
}

fn refusal(nonce: &str, error: &str) -> String {
    serde_json::json!({ "v": VERSION, "nonce": nonce, "error": error }).to_string()
}

/// A fingerprint. In the browser the salt stays in the page; here nothing leaves the process.
fn print(salt: &str, text: &str) -> String {
    let name = named(&format!("{salt}\0{text}"));
    name.trim_start_matches("sha256:").get(..16).unwrap_or_default().to_owned()
}

/// A text without needless white space.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text as questions compare it: NFKC, lower case, white space folded.
#[must_use]
pub fn normalise(text: &str) -> String {
    let visible = |c: &char| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}');
    folded(&text.chars().filter(visible).nfkc().collect::<String>().to_lowercase())
}

/// An element as selectors name it: its name, and its first classes.
fn kind_of(element: ElementRef<'_>) -> String {
    let value = element.value();
    let classes: String = value.classes().take(3).map(|class| format!(".{class}")).collect();
    format!("<{}>{classes}", value.name())
}

/// The address in a `mailto:` or `tel:` link; any other text as it is.
fn bare_address(text: &str) -> &str {
    let lower = text.get(..7).unwrap_or(text).to_ascii_lowercase();
    let scheme = ["mailto:", "tel:"].into_iter().find(|scheme| lower.starts_with(scheme));
    match scheme.and_then(|scheme| text.get(scheme.len()..)) {
        Some(rest) => rest.split('?').next().unwrap_or_default(),
        None => text,
    }
}

/// Whether the path of an address begins with as many parts as wanted of the path of the page. It may be written as links are.
fn is_here(text: &str, at: &str, parts: u32) -> bool {
    let parts = usize::try_from(parts).unwrap_or(usize::MAX);
    let Some(page) = path_of(at) else { return false };
    let path = match text.get(..1) {
        None => return false,
        Some("?" | "#") => page.to_owned(),
        Some("/") if !text.starts_with("//") => text.to_owned(),
        _ if text.starts_with("//") => path_of(&format!("https:{text}")).unwrap_or_default().to_owned(),
        _ => match path_of(text) {
            Some(path) => path.to_owned(),
            None if text.split(['/', '?', '#']).next().is_some_and(|start| start.contains(':')) => return false,
            None => format!("{}/{text}", page.rsplit_once('/').unwrap_or_default().0),
        },
    };
    let (own, other) = (segments(page), segments(&path));
    own.len() >= parts && own.get(..parts) == other.get(..parts)
}

/// The path of a whole address of the web.
fn path_of(address: &str) -> Option<&str> {
    let (scheme, rest) = address.split_once("://")?;
    let start = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https").then(|| rest.get(start..).unwrap_or_default())
}

/// The parts of a path, as they are compared.
fn segments(path: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in path.split(['?', '#']).next().unwrap_or_default().split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop(),
            part => parts.push(unescaped(part).to_lowercase()),
        }
    }
    parts
}

/// A part of a path with its letters written out.
fn unescaped(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let escaped = behind.get(..2).filter(|_| *first == b'%').and_then(|digits| core::str::from_utf8(digits).ok());
        match escaped
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .filter(|byte| !byte.is_ascii() || byte.is_ascii_alphanumeric())
        {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| part.to_owned())
}

/// Elements whose content is not painted as text, but something in its place.
fn is_replaced(name: &str) -> bool {
    matches!(
        name,
        "textarea"
            | "select"
            | "option"
            | "canvas"
            | "video"
            | "audio"
            | "iframe"
            | "object"
            | "noembed"
            | "noframes"
            | "progress"
            | "meter"
    )
}

fn is_block(name: &str) -> bool {
    const BLOCKS: [&str; 52] = [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "listing",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "plaintext",
        "pre",
        "search",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "xmp",
    ];
    BLOCKS.contains(&name)
}
