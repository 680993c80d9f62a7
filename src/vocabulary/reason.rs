//! Why a detail may be taken, or not. The list is closed and stable under semantic versioning.

super::words! {
    /// The outcome for one field.
    Decision("decision") {
        /// It may be taken.
        Allow = "allow",
        /// It stays where it is.
        Deny = "deny",
    }
}

super::words! {
    /// A reason code. The order of the list is the order in which reasons are told: what the owner chose comes first.
    Code("reason code") {
        /// Anybody can see it.
        AllowPublic = "allow.public",
        /// Every member can see it.
        AllowMembers = "allow.members",
        /// The person agreed.
        AllowConsent = "allow.consent",
        /// The guard itself failed.
        GuardError = "deny.guard.error",
        /// The guard did not answer in time.
        GuardTimeout = "deny.guard.timeout",
        /// The page changed between judging and reading.
        GuardChanged = "deny.guard.changed",
        /// This kind of page is not read.
        SiteUnsupported = "deny.site.unsupported",
        /// The layout is not the one that was learned.
        SiteDrift = "deny.site.drift",
        /// The person objected.
        Objection = "deny.objection",
        /// The owner limited who may see it.
        VisibilityRestricted = "deny.visibility.restricted",
        /// The page shows a mask in its place.
        VisibilityMasked = "deny.visibility.masked",
        /// It is in the page but not shown.
        VisibilityHidden = "deny.visibility.hidden",
        /// Nothing proves who may see it.
        VisibilityUnproven = "deny.visibility.unproven",
        /// Its owner was seen to restrict what is already kept of them, and nobody has looked at that yet.
        ReviewPending = "deny.review.pending",
        /// The page asks machines to leave it.
        SignalOptout = "deny.signal.optout",
        /// It belongs to somebody else.
        ThirdParty = "deny.third_party",
        /// It reveals a special category of data.
        SpecialCategory = "deny.special_category",
        /// It is about a minor.
        Minor = "deny.minor",
        /// It has expired.
        RetentionExpired = "deny.retention.expired",
        /// The policy names no legal basis that can be used.
        PolicyNoLegalBasis = "deny.policy.no_legal_basis",
        /// The policy names no purpose.
        PolicyNoPurpose = "deny.policy.no_purpose",
        /// The user marked it as restricted.
        PolicyUserMarked = "deny.policy.user_marked",
        /// The policy does not allow this field.
        PolicyField = "deny.policy.field",
        /// The purpose does not need it.
        PolicyNotNeeded = "deny.policy.not_needed",
    }
}

impl Code {
    /// The decision a code stands for.
    #[must_use]
    pub const fn decision(self) -> Decision {
        match self {
            Self::AllowPublic | Self::AllowMembers | Self::AllowConsent => Decision::Allow,
            _ => Decision::Deny,
        }
    }

    /// Whether it says that its owner does not want the detail to be used. What merely cannot be proved or is not on the page does not, nor does what the user
    /// holds back, which they can take back.
    #[must_use]
    pub const fn is_restriction(self) -> bool {
        matches!(self, Self::Objection | Self::VisibilityRestricted | Self::VisibilityMasked | Self::SignalOptout)
    }
}
