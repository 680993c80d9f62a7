//! What a page is, and how its viewer stands to the person it is about.

super::words! {
    /// What a page is. Only a [`PageKind::Profile`] is ever captured.
    PageKind("page kind") {
        /// A profile of one person.
        Profile = "profile",
        /// A sign-in or security wall with no profile behind it.
        Wall = "wall",
        /// A profile whose owner shows themselves to nobody.
        Private = "private",
        /// Search results.
        Search = "search",
        /// A stream of posts, or one post.
        Feed = "feed",
        /// A company.
        Company = "company",
        /// A job advertisement.
        Job = "job",
        /// An article.
        Article = "article",
        /// Several people.
        Team = "team",
        /// Anything else.
        Other = "other",
    }
}

super::words! {
    /// How the viewer stands to the owner of the profile. A missing or unreadable sign is [`Relation::Unknown`], never "no tie".
    #[derive(Default)]
    Relation("relation") {
        /// The viewer's own profile.
        Self_ = "self",
        /// Directly connected.
        First = "first",
        /// Two steps away.
        Second = "second",
        /// Three or more steps away.
        Third = "third",
        /// No tie at all.
        OutOfNetwork = "out_of_network",
        /// Nobody is signed in.
        SignedOut = "signed_out",
        /// It cannot be told.
        #[default]
        Unknown = "unknown",
    }
}
