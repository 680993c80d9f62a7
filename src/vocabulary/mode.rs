//! How the guard works on a site, and how people will be reached.

super::words! {
    /// How strict the guard is on a site, from the loosest to the tightest: of two settings the later one holds.
    Mode("mode") {
        /// What the policy allows may be taken.
        Enforce = "enforce",
        /// As enforce, but an audience that is only inferred allows nothing.
        Strict = "strict",
        /// Decisions are shown as they would be, and nothing is taken.
        Observe = "observe",
        /// The page is not looked at.
        Off = "off",
    }
}

super::words! {
    /// The way somebody will be contacted (Directive 2002/58/EC, Article 13, treats them differently).
    Channel("channel") {
        /// By e-mail.
        Email = "email",
        /// By phone.
        Phone = "phone",
        /// By post.
        Post = "post",
    }
}
