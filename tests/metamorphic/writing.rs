//! A page written out again from its tree, with changes at any place of it.

use std::collections::HashMap;

use ego_tree::{NodeId, NodeRef};
use scraper::node::Element;
use scraper::{ElementRef, Node};

/// Where something is put, beside a node or into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    Before,
    Behind,
    First,
    Last,
}

/// What is done to a page while it is written out.
#[derive(Default)]
pub struct Edits {
    put: HashMap<(Side, NodeId), String>,
    pub wrapped: HashMap<NodeId, &'static str>,
    pub order: HashMap<NodeId, Vec<NodeId>>,
    /// Texts and labels that say something else now.
    pub texts: HashMap<NodeId, String>,
    /// Every text and link is somebody else's; where it is `Some(false)`, short texts stay: degrees and the like.
    theirs: Option<bool>,
}

const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

impl Edits {
    /// Everything is about somebody else: all of it, or what is long enough to be about anybody.
    pub fn theirs(all: bool) -> Self {
        Self { theirs: Some(all), ..Self::default() }
    }

    pub fn put(&mut self, side: Side, node: NodeId, text: &str) {
        *self.put.entry((side, node)).or_default() += text;
    }

    fn put_at(&self, side: Side, node: NodeRef<'_, Node>) -> &str {
        self.put.get(&(side, node.id())).map_or("", String::as_str)
    }

    pub fn written<'a>(&self, nodes: impl IntoIterator<Item = NodeRef<'a, Node>>) -> String {
        let mut out = String::new();
        nodes.into_iter().for_each(|node| self.write(node, &mut out));
        out
    }

    fn write(&self, node: NodeRef<'_, Node>, out: &mut String) {
        *out += self.put_at(Side::Before, node);
        let wrap = self.wrapped.get(&node.id());
        wrap.into_iter().for_each(|tag| *out += &format!("<{tag}>"));
        match node.value() {
            Node::Text(text) => self.text(node, text, out),
            Node::Doctype(doctype) => *out += &format!("<!doctype {}>", doctype.name()),
            Node::Comment(_) | Node::ProcessingInstruction(_) => {}
            Node::Document | Node::Fragment => node.children().for_each(|child| self.write(child, out)),
            Node::Element(element) => self.element(node, element, out),
        }
        wrap.into_iter().for_each(|tag| *out += &format!("</{tag}>"));
        *out += self.put_at(Side::Behind, node);
    }

    fn element(&self, node: NodeRef<'_, Node>, element: &Element, out: &mut String) {
        *out += &format!("<{}", element.name());
        for (name, value) in element.attrs() {
            let theirs = self.theirs.and_then(|_| theirs(name, value));
            let texts = self.texts.get(&node.id()).filter(|_| name == "aria-label").cloned();
            let value = theirs.or(texts).unwrap_or_else(|| value.to_owned());
            *out += &format!(" {name}=\"{}\"", value.replace('&', "&amp;").replace('"', "&quot;"));
        }
        *out += ">";
        if !VOID.contains(&element.name()) {
            *out += self.put_at(Side::First, node);
            match self.order.get(&node.id()) {
                Some(order) => order.iter().filter_map(|id| node.tree().get(*id)).for_each(|child| self.write(child, out)),
                None => node.children().for_each(|child| self.write(child, out)),
            }
            *out += self.put_at(Side::Last, node);
            *out += &format!("</{}>", element.name());
        }
    }

    fn text(&self, node: NodeRef<'_, Node>, text: &str, out: &mut String) {
        const RAW: [&str; 7] = ["script", "style", "iframe", "noembed", "noframes", "noscript", "xmp"];
        if node.parent().and_then(ElementRef::wrap).is_some_and(|around| RAW.contains(&around.value().name())) {
            // Somebody else's part brings no published data of the owner's.
            out.push_str(if self.theirs.is_some() { "" } else { text });
            return;
        }
        let is_theirs = |all: bool| !text.trim().is_empty() && (all || text.trim().chars().count() > 8);
        let text = match self.theirs {
            Some(all) if is_theirs(all) => " Mallory Quist ",
            _ => self.texts.get(&node.id()).map_or(text, String::as_str),
        };
        *out += &text.replace('&', "&amp;").replace('<', "&lt;").replace('\u{a0}', "&nbsp;");
    }
}

/// An attribute as it would be in somebody else's part, where that differs.
fn theirs(name: &str, value: &str) -> Option<String> {
    Some(match name {
        "href" | "src" if value.starts_with("mailto:") => "mailto:mallory@quist.example".into(),
        "href" | "src" if value.starts_with("tel:") => "tel:+33600000000".into(),
        "href" | "src" => value.trim_end_matches('/').rsplit_once('/').map_or("/quist".into(), |(path, _)| format!("{path}/quist")),
        "content" | "alt" | "title" | "datetime" | "value" | "aria-label" => "Mallory Quist".into(),
        _ => return None,
    })
}
