//! What a page says to machines about being read. A signal may lower what is allowed, never raise it.

super::words! {
    /// A sign on the page that its owner, or the platform, limits reuse.
    ///
    /// Sources: the robots meta element (`noindex`, `none`, `nosnippet`, `noarchive`, `noimageindex`, and the later `noai` and
    /// `noimageai`, and `unavailable_after`), the `data-nosnippet` attribute, the W3C TDM Reservation Protocol (`tdm-reservation`), and the
    /// CLASS property of vCard 3 (RFC 2426, 3.7.1).
    Signal("signal") {
        /// Do not list this page (`none` says the same).
        Noindex = "noindex",
        /// Do not quote this page.
        Nosnippet = "nosnippet",
        /// Do not keep a copy. Many platforms put it on every page.
        Noarchive = "noarchive",
        /// Do not list the pictures.
        Noimageindex = "noimageindex",
        /// Not for training machines.
        Noai = "noai",
        /// Pictures not for training machines.
        Noimageai = "noimageai",
        /// Text and data mining rights are reserved.
        TdmReservation = "tdm-reservation",
        /// This part of the page is not to be quoted.
        DataNosnippet = "data-nosnippet",
        /// Not to be shown after some day.
        UnavailableAfter = "unavailable_after",
        /// The owner classed their card as private or confidential.
        CardClass = "card-class",
    }
}

super::words! {
    /// What a policy does about a signal.
    Effect("effect of a signal") {
        /// What the signal covers is denied.
        Deny = "deny",
        /// It is noted in the report and the log.
        Note = "note",
    }
}

impl Signal {
    /// What happens when a policy does not say: what the owner set denies, what a platform puts on every page is noted.
    #[must_use]
    pub const fn default_effect(self) -> Effect {
        match self {
            Self::Noarchive => Effect::Note,
            _ => Effect::Deny,
        }
    }

    /// Whether the signal speaks of pictures only.
    #[must_use]
    pub const fn is_about_pictures(self) -> bool {
        matches!(self, Self::Noimageindex | Self::Noimageai)
    }
}
