//! Addresses of pages, as far as an adapter needs them.

/// An `http` or `https` address in the form browsers write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    path: String,
    query: String,
    secure: bool,
}

/// The longest address accepted, in bytes.
const LONGEST: usize = 4096;

impl Address {
    /// Takes an address apart. Only `http` and `https` pages have profiles, so nothing else parses.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST || text.chars().any(|c| c.is_control() || c == ' ') {
            return None;
        }
        let (secure, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?', '\\']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at_checked(end)?;
        // A user name in front of the host is a way to look like another site.
        if authority.bytes().any(|byte| byte == b'@') || tail.starts_with('\\') {
            return None;
        }
        let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
        let host = authority.split(':').next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
        let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
        if host.is_empty() || !plain {
            return None;
        }
        Some(Self { host, path: if path.is_empty() { "/".into() } else { path.into() }, query: query.into(), secure })
    }

    /// The host without a leading `www.`.
    #[must_use]
    pub fn site(&self) -> &str {
        self.host.strip_prefix("www.").unwrap_or(&self.host)
    }

    /// Whether the host is `name` or lies below it; `*` stands for any host.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        name == "*" || self.host == name || self.host.strip_suffix(name).is_some_and(|front| front.ends_with('.'))
    }

    /// Whether the path follows a pattern: segments divided by `/`, where `*` stands for one segment and a last `**` for any rest,
    /// none included. A slash at the end does not matter.
    #[must_use]
    pub fn path_is(&self, pattern: &str) -> bool {
        let mut path = segments(&self.path);
        let mut pattern = segments(pattern);
        loop {
            match (pattern.next(), path.next()) {
                (Some("**"), _) | (None, None) => return true,
                (Some("*"), Some(_)) => {}
                (Some(want), Some(have)) if want.eq_ignore_ascii_case(have) => {}
                _ => return false,
            }
        }
    }

    /// The address under which a card names its source: without fragment, and without the query where the path alone names the page
    /// (queries there only carry tracking).
    #[must_use]
    pub fn source(&self, keep_query: bool) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        let Self { host, path, query, .. } = self;
        if keep_query && !query.is_empty() {
            format!("{scheme}://{host}{path}?{query}")
        } else {
            format!("{scheme}://{host}{path}")
        }
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::Address;

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[test]
    fn hosts_match_whole_labels_only() {
        assert!(address("https://www.linkedin.com/in/a").is_on("linkedin.com"));
        assert!(address("https://de.linkedin.com/in/a").is_on("linkedin.com"));
        assert!(!address("https://notlinkedin.com/in/a").is_on("linkedin.com"));
        assert!(!address("https://linkedin.com.example/in/a").is_on("linkedin.com"));
    }

    #[test]
    fn what_only_looks_like_an_address_is_refused() {
        for text in [
            "file:///etc/hosts",
            "chrome://settings",
            "https://",
            "https://linkedin.com@evil.example/",
            "https://a b/",
            "https://a\\b/",
        ] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }

    #[test]
    fn paths_follow_patterns() {
        let page = address("https://www.linkedin.com/in/someone/?trk=x#top");
        assert!(page.path_is("/in/*"));
        assert!(!page.path_is("/in"));
        assert!(!page.path_is("/in/*/details/**"));
        assert!(address("https://a.example/in/x/details/skills").path_is("/in/*/details/**"));
        assert!(address("https://a.example").path_is("/"));
        assert_eq!(page.source(false), "https://www.linkedin.com/in/someone/");
        assert_eq!(page.source(true), "https://www.linkedin.com/in/someone/?trk=x");
    }
}
