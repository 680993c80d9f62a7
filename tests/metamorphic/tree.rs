//! The places of a page, by what may stand there.

use std::collections::{HashMap, HashSet};

use ego_tree::{NodeId, NodeRef};
use scraper::{ElementRef, Html, Node, Selector};
use scruple::page::SCOPE;
use scruple::page::html::normalise;
use scruple::site::{Adapter, Address, Layout, in_charge};

use super::pages::{ADAPTERS, Base, withheld};

/// A page as a tree.
pub struct Tree {
    html: Html,
    pub places: Places,
    /// Elements that are never the owner's on this site: their tags.
    pub never: Vec<(String, String)>,
    /// What the page holds and may not be taken.
    pub withheld: Vec<String>,
}

/// Where a page may be changed.
pub struct Places {
    pub body: NodeId,
    /// The owner's part, where it is one element.
    pub owner: Option<NodeId>,
    /// What somebody else may stand beside: elements that are not the owner's.
    pub beside: Vec<NodeId>,
    /// Boxes of the owner's part of which nothing is read.
    pub boxes: Vec<NodeId>,
    /// Elements of the owner's part beside which a hidden one may stand.
    pub parts: Vec<NodeId>,
    /// Elements with several children: around the owner or beside it, and in the owner's part.
    pub orders: Vec<NodeId>,
    pub inner_orders: Vec<NodeId>,
    /// Elements that another may be put around: outside the owner's part, and in it.
    pub wraps: Vec<NodeId>,
    pub inner_wraps: Vec<NodeId>,
    /// Texts that are not the owner's.
    pub elsewhere: Vec<NodeId>,
    /// Words on buttons and labels, each with what may stand there in another language.
    pub labels: HashMap<NodeId, Vec<String>>,
}

/// Elements into which a parser lets anything be put.
const BOXES: [&str; 11] = ["div", "section", "main", "article", "header", "body", "html", "ul", "aside", "nav", "footer"];

/// Elements that have their place in their parents, and those in which nothing but certain elements stays.
const BOUND: [&str; 16] = [
    "tr", "td", "th", "tbody", "thead", "tfoot", "caption", "col", "colgroup", "option", "optgroup", "script", "style", "source",
    "frame", "frameset",
];
const CLOSED: [&str; 5] = ["svg", "template", "noscript", "table", "select"];

/// Elements of text, which a box would end or be no longer a part of.
const TEXT: [&str; 9] = ["p", "a", "h1", "h2", "h3", "h4", "h5", "h6", "button"];

impl Tree {
    pub fn of(base: &Base) -> Self {
        let html = Html::parse_document(&base.page);
        let address = Address::parse(&base.url).unwrap();
        let adapter = in_charge(&ADAPTERS, &address).into_iter().find(|adapter| adapter.label() == base.before.adapter);
        let layouts = adapter.into_iter().flat_map(|adapter| &adapter.layouts);
        let layout = layouts.into_iter().find(|layout| Some(&layout.id) == base.before.layout.as_ref());
        let never = adapter.map(|adapter| adapter.never.as_slice()).unwrap_or_default();
        let degrees = adapter.into_iter().flat_map(|adapter| adapter.degrees.values()).collect();
        let marks = Marks::of(&html, adapter, layout, base.before.values.values().flatten().cloned().collect());
        let places = marks.places(&html, degrees);
        // What marks the element around it would make the owner's part somebody else's.
        let marks_parent = |css: &str| never.iter().any(|never| never.contains(&format!(":has(> {}", css.trim())));
        let never = never.iter().flat_map(|css| css.split(',')).filter(|css| !marks_parent(css)).filter_map(shell).collect();
        Self { html, places, never, withheld: withheld(base) }
    }

    pub fn root(&self) -> NodeRef<'_, Node> {
        self.html.tree.root()
    }

    pub fn node(&self, id: NodeId) -> NodeRef<'_, Node> {
        self.html.tree.get(id).unwrap()
    }
}

/// What an adapter finds on a page.
struct Marks {
    owner: Option<NodeId>,
    read: HashSet<NodeId>,
    /// What holds a value that all layouts of the site share, as a dialog does, and not the owner's part.
    dialogs: HashSet<NodeId>,
    never: HashSet<NodeId>,
    /// What is taken from the page.
    values: Vec<String>,
}

impl Marks {
    fn of(html: &Html, adapter: Option<&Adapter>, layout: Option<&Layout>, values: Vec<String>) -> Self {
        let find = |css: &mut dyn Iterator<Item = &str>| -> HashSet<NodeId> {
            let selectors: Vec<Selector> = css.filter_map(|css| Selector::parse(css).ok()).collect();
            selectors.iter().flat_map(|css| html.select(css)).map(|element| element.id()).collect()
        };
        let own = layout.into_iter().flat_map(|layout| layout.fields.values()).flatten();
        let own = find(&mut own.filter_map(|place| place.css.as_deref()).filter(|css| *css != SCOPE));
        let shared = adapter.into_iter().flat_map(|adapter| adapter.shared.values()).flatten();
        let shared = find(&mut shared.filter_map(|place| place.css.as_deref()));
        let around = |id: &NodeId| {
            html.tree.get(*id).into_iter().flat_map(|node| node.ancestors()).map(|node| node.id()).collect::<Vec<_>>()
        };
        let mut dialogs: HashSet<NodeId> = shared.iter().flat_map(around).collect();
        let read = own.into_iter().chain(shared).collect();
        let never = find(&mut adapter.into_iter().flat_map(|adapter| &adapter.never).map(String::as_str));
        let mut marks = Self { owner: None, read, dialogs: HashSet::new(), never, values };
        let owner = layout.and_then(|layout| Selector::parse(layout.owner.css.as_ref()?).ok());
        let owner = owner.as_ref().and_then(|css| html.select(css).find(|owner| !marks.is_never(*owner)));
        marks.owner = owner.map(|owner| owner.id());
        let body = html.select(&Selector::parse("body").unwrap()).next();
        for around in owner.into_iter().chain(body).flat_map(lineage) {
            dialogs.remove(&around.id());
        }
        Self { dialogs, ..marks }
    }

    fn is_owner(&self, element: ElementRef<'_>) -> bool {
        Some(element.id()) == self.owner
    }

    fn is_inside(&self, element: ElementRef<'_>) -> bool {
        element.ancestors().any(|around| Some(around.id()) == self.owner)
    }

    fn is_never(&self, element: ElementRef<'_>) -> bool {
        lineage(element).any(|around| self.never.contains(&around.id()))
    }

    fn is_read(&self, element: ElementRef<'_>) -> bool {
        !self.is_owner(element) && self.read.contains(&element.id())
    }

    fn is_in_value(&self, element: ElementRef<'_>) -> bool {
        lineage(element).any(|around| self.is_read(around))
    }

    /// Whether it may be a dialog of the owner's.
    fn is_dialog(&self, element: ElementRef<'_>) -> bool {
        let value = element.value();
        self.dialogs.contains(&element.id())
            || value.attr("role").is_some_and(|role| role != "main")
            || value.attr("data-testid") == Some("dialog-content")
            || value.classes().any(|class| class.contains("modal"))
    }

    /// Whether anything may stand in an element, and the parser leaves it there; neither in a value nor in a dialog, which may be the owner's.
    fn is_open(&self, element: ElementRef<'_>) -> bool {
        lineage(element).all(|around| BOXES.contains(&around.value().name()) && !self.is_dialog(around) && !self.is_read(around))
    }

    fn is_box(&self, element: ElementRef<'_>) -> bool {
        let holds_value = || element.child_elements().any(|child| self.is_read(child));
        self.is_open(element) && element.value().name() != "ul" && !holds_value()
    }

    /// Whether a text in an element is about others, as far as the page has an owner. What is published counts while the page says it anywhere.
    fn is_others(&self, element: ElementRef<'_>, text: &str) -> bool {
        let says = |value: &String| text.contains(value.as_str());
        if self.owner.is_none() || self.values.iter().any(says) {
            return false;
        }
        let is_owners = self.is_owner(element) || self.is_inside(element) || self.is_in_value(element);
        self.is_never(element) || !is_owners && !lineage(element).any(|around| self.is_dialog(around))
    }

    fn places(&self, html: &Html, degrees: Vec<&Vec<String>>) -> Places {
        let body = html.select(&Selector::parse("body").unwrap()).next().unwrap();
        let ids = |elements: Vec<ElementRef<'_>>| elements.into_iter().map(|element| element.id()).collect::<Vec<_>>();
        let all = || body.descendants().filter_map(ElementRef::wrap);
        let outside = || all().skip(1).filter(|element| !self.is_inside(*element));
        let inside = || all().filter(|element| self.is_inside(*element));
        let owners = || all().filter(|element| self.is_inside(*element) || self.is_owner(*element));
        let around = || all().filter(|element| !self.is_inside(*element) && !self.is_owner(*element));
        let is_beside =
            |element: &ElementRef<'_>| element.parent().and_then(ElementRef::wrap).is_some_and(|around| self.is_open(around));
        let mut places = Places {
            body: body.id(),
            owner: self.owner,
            beside: ids(outside().filter(is_beside).collect()),
            boxes: ids(owners().filter(|element| self.is_box(*element)).collect()),
            parts: ids(inside().filter(is_part).collect()),
            orders: ids(around().filter(has_order).collect()),
            inner_orders: ids(owners().filter(|element| has_order(element) && !self.is_in_value(*element)).collect()),
            wraps: ids(outside().filter(can_be_wrapped).collect()),
            inner_wraps: ids(inside().filter(can_be_wrapped).collect()),
            elsewhere: Vec::new(),
            labels: HashMap::new(),
        };
        for element in all().filter(|element| element.value().attr("aria-label").is_some() && !self.is_in_value(*element)) {
            places.labels.insert(element.id(), vec!["Übersetzt".to_owned()]);
        }
        for (around, text) in all().flat_map(|around| around.children().map(move |text| (around, text))) {
            let Some(said) = text.value().as_text().filter(|said| !said.trim().is_empty()) else { continue };
            let plain = normalise(said);
            if let Some(degree) = degrees.iter().find(|words| words.contains(&plain)) {
                places.labels.insert(text.id(), degree.iter().cloned().chain(["übersetzt".to_owned()]).collect());
            } else if is_label(around) && !self.is_in_value(around) {
                places.labels.insert(text.id(), vec![" Übersetzt ".to_owned()]);
            }
            if self.is_others(around, said) {
                places.elsewhere.push(text.id());
            }
        }
        places
    }
}

fn can_be_wrapped(element: &ElementRef<'_>) -> bool {
    let mut around = lineage(*element).skip(1).map(|around| around.value().name());
    !BOUND.contains(&element.value().name()) && !around.any(|name| CLOSED.contains(&name))
}

fn is_part(element: &ElementRef<'_>) -> bool {
    can_be_wrapped(element) && !lineage(*element).skip(1).any(|around| TEXT.contains(&around.value().name()))
}

fn has_order(element: &ElementRef<'_>) -> bool {
    element.child_elements().count() > 1
}

/// An element and everything it lies in.
fn lineage(element: ElementRef<'_>) -> impl Iterator<Item = ElementRef<'_>> {
    core::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap))
}

/// Whether texts in an element are the site's and not a person's.
fn is_label(element: ElementRef<'_>) -> bool {
    let names = || lineage(element).map(|around| around.value().name());
    names().any(|name| matches!(name, "button" | "nav" | "label" | "footer"))
        && !names().any(|name| matches!(name, "h1" | "h2" | "h3" | "h4"))
}

/// An element that a simple selector finds: its tags.
fn shell(css: &str) -> Option<(String, String)> {
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let div = |attribute: String| Some((format!("<div {attribute}>"), "</div>".to_owned()));
    let css = css.trim();
    match css.split_at_checked(1)? {
        (".", class) if is_name(class) => div(format!("class='{class}'")),
        ("#", id) if is_name(id) => div(format!("id='{id}'")),
        ("[", rest) => {
            let (name, value) = rest.trim_end_matches(']').trim_end_matches(" i").strip_suffix('\'')?.split_once("='")?;
            let name = name.trim_end_matches(['^', '$', '*', '~']);
            if is_name(name) && !value.contains(['\'', ']']) { div(format!("{name}='{value}'")) } else { None }
        }
        _ if is_name(css) => Some((format!("<{css}>"), format!("</{css}>"))),
        _ => None,
    }
}
