//! Who may see a detail, and how that is known.

use serde::Serialize;

super::words! {
    /// Who the owner of a profile lets see a detail, from the fewest to the most.
    ///
    /// The order is the lattice: `a < b` means `a` is the more restricted. [`Audience::Unknown`] stands lowest, because what is
    /// not known is treated as the most restricted.
    Audience("audience") {
        /// Nothing was proved.
        Unknown = "unknown",
        /// The owner alone.
        OnlyMe = "only_me",
        /// Direct connections.
        Connections1 = "connections_1",
        /// Direct connections and theirs.
        Connections12 = "connections_1_2",
        /// Up to three steps away.
        Network123 = "network_1_2_3",
        /// Every signed-in member of the network.
        PlatformMembers = "platform_members",
        /// Anybody.
        PublicWeb = "public_web",
    }
}

super::words! {
    /// How an audience was proved, from the strongest kind of evidence to the weakest.
    EvidenceKind("kind of evidence") {
        /// The page states it for this very item.
        ItemVisibility = "item_visibility",
        /// The page was served to nobody in particular.
        SignedOutView = "signed_out_view",
        /// The network shows this field to every member by design.
        SiteRule = "site_rule",
        /// A viewer with no tie to the owner sees it.
        ViewerRelation = "viewer_relation",
        /// Structured data that the page publishes for machines.
        PublishedMarkup = "published_markup",
        /// The operator states it.
        Attested = "attested",
    }
}

/// One piece of evidence: how it is known, and the widest audience it can prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The widest audience this proves.
    pub bound: Audience,
    /// How it is known.
    pub kind: EvidenceKind,
}

crate::json::record!(Evidence { kind, bound });

impl EvidenceKind {
    /// Whether it concludes who may see a field from something else than a statement about that field: what some viewer sees, what
    /// was published elsewhere on the page, what somebody says. A strict policy rests nothing on it.
    #[must_use]
    pub const fn is_inference(self) -> bool {
        matches!(self, Self::ViewerRelation | Self::PublishedMarkup | Self::Attested)
    }
}

impl Audience {
    /// The audience that several pieces of evidence leave: the lowest bound, or unknown where there is no evidence.
    ///
    /// Two pieces that disagree leave the lower one (a page that shows a field to everybody cannot outweigh a rule of the
    /// network that the field is for connections).
    #[must_use]
    pub fn proved_by(evidence: &[Evidence]) -> Self {
        evidence.iter().map(|piece| piece.bound).min().unwrap_or(Self::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_bound_wins_and_nothing_proves_nothing() {
        let wide = Evidence { kind: EvidenceKind::SignedOutView, bound: Audience::PublicWeb };
        let narrow = Evidence { kind: EvidenceKind::SiteRule, bound: Audience::Connections1 };
        assert_eq!(Audience::proved_by(&[wide, narrow]), Audience::Connections1);
        assert_eq!(Audience::proved_by(&[narrow, wide]), Audience::Connections1);
        assert_eq!(Audience::proved_by(&[]), Audience::Unknown);
        assert!(Audience::Unknown < Audience::OnlyMe);
    }
}
