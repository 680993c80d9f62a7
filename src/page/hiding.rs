//! What a saved page's own styles hide. Native only.

use std::collections::BTreeMap;

use scraper::{Html, Selector};

use super::Shown;

/// The rules of the page's `<style>` elements that hide what they match. Rules inside `@media` and the like are left out, and so
/// is everything that a later rule would show again: a page read without a browser is read with caution.
pub(super) fn hiding_rules(html: &Html) -> Vec<(Selector, Shown)> {
    let Ok(styles) = Selector::parse("style") else { return Vec::new() };
    let mut rules = Vec::new();
    for style in html.select(&styles) {
        let text: String = style.text().collect();
        let mut rest = text.as_str();
        while let Some((before, behind)) = rest.split_once('{') {
            let selector = before.rsplit("*/").next().unwrap_or_default().trim();
            let inner = if selector.starts_with('@') { block_end(behind) } else { behind.find('}') };
            let Some(end) = inner else { break };
            let (body, next) = behind.split_at(end);
            rest = next.get(1..).unwrap_or_default();
            if !selector.starts_with('@')
                && let (Some(shown), Ok(selector)) = (hides(body), Selector::parse(selector))
            {
                rules.push((selector, shown));
            }
        }
    }
    rules
}

/// Where a block with blocks in it ends.
fn block_end(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Whether declarations hide what they are for.
pub(super) fn hides(declarations: &str) -> Option<Shown> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for declaration in declarations.split(';') {
        if let Some((name, value)) = declaration.split_once(':') {
            let value: String =
                value.to_ascii_lowercase().replace("!important", "").split_whitespace().collect::<Vec<_>>().join(" ");
            found.insert(name.trim().to_ascii_lowercase(), value);
        }
    }
    let is = |name: &str, values: &[&str]| found.get(name).is_some_and(|value| values.contains(&value.as_str()));
    let pixels = |name: &str| found.get(name).and_then(|value| value.trim_end_matches("px").parse::<f32>().ok());
    let is_hidden = is("display", &["none"])
        || is("visibility", &["hidden", "collapse"])
        || is("content-visibility", &["hidden"])
        || pixels("opacity").is_some_and(|opacity| opacity == 0.0);
    if is_hidden {
        return Some(Shown::CssHidden);
    }
    let cut = found.get("clip").is_some_and(|clip| clip.starts_with("rect(0") || clip.starts_with("rect(1px"))
        || found.get("clip-path").is_some_and(|clip| clip.starts_with("inset(50%") || clip.starts_with("inset(100%"))
        || (is("overflow", &["hidden", "clip"])
            && (pixels("width").is_some_and(|w| w <= 1.0) || pixels("height").is_some_and(|h| h <= 1.0)));
    let away = is("position", &["absolute", "fixed"])
        && ["left", "top", "right"].into_iter().any(|side| pixels(side).is_some_and(|offset| offset <= -999.0));
    let indented = pixels("text-indent").is_some_and(|indent| indent <= -999.0);
    (cut || away || indented).then_some(Shown::Clipped)
}
