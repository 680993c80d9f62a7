//! What a text may give away besides what its field is for.

super::words! {
    /// A kind of thing the screen finds in a text: a way to reach somebody, a number that names them, or something the law sets apart.
    ///
    /// Contact details are named as the fields they belong to.
    Trace("kind of finding") {
        /// An e-mail address.
        Email = "email",
        /// A phone number.
        Telephone = "telephone",
        /// A name in a messenger or network.
        Handle = "handle",
        /// Where somebody lives or gets post.
        PostalAddress = "postal_address",
        /// A bank account (ISO 13616).
        Iban = "iban",
        /// A payment card (ISO/IEC 7812).
        PaymentCard = "payment_card",
        /// A number that a state gave to a person.
        NationalId = "national_id",
        /// A date of birth.
        BirthDate = "birth_date",
        /// A link that is made for one person.
        PersonalLink = "personal_link",
        /// Somebody else's name.
        OtherPerson = "other_person",
        /// Health (GDPR Art. 9(1), 4(15)).
        Health = "health",
        /// Religion or philosophical belief (Art. 9(1)).
        Belief = "belief",
        /// Political opinions (Art. 9(1)).
        Politics = "politics",
        /// Trade-union membership (Art. 9(1)).
        TradeUnion = "trade_union",
        /// Racial or ethnic origin (Art. 9(1)).
        EthnicOrigin = "ethnic_origin",
        /// Sex life or sexual orientation (Art. 9(1)).
        Sexuality = "sexuality",
        /// Biometric data (Art. 9(1), 4(14)).
        Biometric = "biometric",
        /// Genetic data (Art. 9(1), 4(13)).
        Genetic = "genetic",
        /// Convictions and offences (Art. 10).
        Criminal = "criminal",
        /// A child (recital 38).
        Minor = "minor",
    }
}

impl Trace {
    /// Whether it is set apart by law, rather than a way to reach somebody.
    #[must_use]
    pub fn is_special(self) -> bool {
        self >= Self::Health
    }
}

super::words! {
    /// What becomes of a text in which something was found.
    Removal("way to deal with a finding") {
        /// It stays as it is.
        Keep = "keep",
        /// What was found is cut out, with the sentence it stands in where the words alone would still tell.
        Cut = "cut",
        /// The whole field is denied.
        Deny = "deny",
    }
}
