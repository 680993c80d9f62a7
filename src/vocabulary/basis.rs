//! On what ground, and for what, details are taken (GDPR Article 6; Data Privacy Vocabulary `legal/eu/gdpr`).

super::words! {
    /// One of the six legal bases of GDPR Article 6(1).
    LegalBasis("legal basis") {
        /// Consent.
        Consent = "eu-gdpr:A6-1-a",
        /// Contract.
        Contract = "eu-gdpr:A6-1-b",
        /// Legal obligation.
        LegalObligation = "eu-gdpr:A6-1-c",
        /// Vital interests.
        VitalInterest = "eu-gdpr:A6-1-d",
        /// Public task.
        PublicTask = "eu-gdpr:A6-1-e",
        /// Legitimate interest. Needs the reference of its balancing test.
        LegitimateInterest = "eu-gdpr:A6-1-f",
    }
}

super::words! {
    /// What the details are used for.
    Purpose("purpose") {
        /// Prospecting.
        DirectMarketing = "dpv:DirectMarketing",
        /// Keeping up with customers.
        CustomerRelationshipManagement = "dpv:CustomerRelationshipManagement",
    }
}
