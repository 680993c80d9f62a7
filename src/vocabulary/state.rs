//! How a field stands on a page, beside its value.

super::words! {
    /// Something about a field on a page that speaks against taking it.
    State("state of a field") {
        /// Nobody gets to see it.
        Hidden = "hidden",
        /// A mask stands in its place.
        Masked = "masked",
        /// The probe could not look at it.
        Unreadable = "unreadable",
        /// It stands in a dialog about somebody else.
        Foreign = "foreign",
        /// Two places on the page disagree about it.
        Disputed = "disputed",
        /// It is marked as not to be quoted (`data-nosnippet`).
        Nosnippet = "nosnippet",
        /// The user marked it as restricted.
        Marked = "marked",
    }
}
