//! The details a profile page may hold, under their schema.org names.

super::words! {
    /// One kind of detail about a person. A [`Field`] is what a rule names, what a verdict is about and what a card keeps.
    Field("field name") {
        /// Full name.
        Name = "name",
        /// First name.
        GivenName = "givenName",
        /// Last name.
        FamilyName = "familyName",
        /// The line a person writes under their name.
        Headline = "headline",
        /// Current position.
        JobTitle = "jobTitle",
        /// Current employer.
        WorksFor = "worksFor",
        /// Town or region.
        AddressLocality = "addressLocality",
        /// Country.
        AddressCountry = "addressCountry",
        /// E-mail address.
        Email = "email",
        /// Phone number.
        Telephone = "telephone",
        /// Photo.
        Image = "image",
        /// What a person writes about themselves.
        Description = "description",
        /// Past positions.
        HasOccupation = "hasOccupation",
        /// Schools and degrees.
        AlumniOf = "alumniOf",
        /// Skills.
        KnowsAbout = "knowsAbout",
        /// Languages.
        KnowsLanguage = "knowsLanguage",
        /// Date of birth, or the day alone.
        BirthDate = "birthDate",
        /// Street address.
        StreetAddress = "streetAddress",
        /// Postal code.
        PostalCode = "postalCode",
        /// Own website.
        Url = "url",
        /// Profiles elsewhere, messenger handles.
        SameAs = "sameAs",
        /// Connections.
        Knows = "knows",
        /// Husband, wife or partner.
        Spouse = "spouse",
        /// Family.
        RelatedTo = "relatedTo",
    }
}

super::words! {
    /// What kind of detail a field is. A default treats a whole group alike.
    Group("field group") {
        /// Who somebody is at work.
        Professional = "professional",
        /// A way to reach somebody.
        Contact = "contact",
        /// Longer accounts: history, skills, own words.
        Career = "career",
        /// Private life and likeness.
        Private = "private",
    }
}

impl Field {
    /// The group whose defaults this field follows.
    #[must_use]
    pub const fn group(self) -> Group {
        match self {
            Self::Name
            | Self::GivenName
            | Self::FamilyName
            | Self::Headline
            | Self::JobTitle
            | Self::WorksFor
            | Self::AddressLocality
            | Self::AddressCountry => Group::Professional,
            Self::Email | Self::Telephone | Self::StreetAddress | Self::PostalCode | Self::Url | Self::SameAs => Group::Contact,
            Self::Description | Self::HasOccupation | Self::AlumniOf | Self::KnowsAbout | Self::KnowsLanguage => Group::Career,
            Self::Image | Self::BirthDate | Self::Knows | Self::Spouse | Self::RelatedTo => Group::Private,
        }
    }

    /// Whether a person can have several of it, so that two different texts are a list and not a contradiction.
    #[must_use]
    pub const fn is_list(self) -> bool {
        matches!(
            self,
            Self::HasOccupation
                | Self::AlumniOf
                | Self::KnowsAbout
                | Self::KnowsLanguage
                | Self::Email
                | Self::Telephone
                | Self::Url
                | Self::SameAs
                | Self::Knows
                | Self::RelatedTo
        )
    }

    /// The term of the Data Privacy Vocabulary (`dpv/pd`), where it has one.
    #[must_use]
    pub const fn dpv(self) -> Option<&'static str> {
        Some(match self {
            Self::Name | Self::GivenName | Self::FamilyName => "pd:Name",
            Self::Email => "pd:EmailAddress",
            Self::Telephone => "pd:TelephoneNumber",
            Self::Image => "pd:Picture",
            Self::JobTitle | Self::Headline => "pd:Job",
            Self::WorksFor => "pd:CurrentEmployment",
            Self::HasOccupation => "pd:EmploymentHistory",
            Self::AlumniOf => "pd:Education",
            Self::AddressLocality => "pd:City",
            Self::AddressCountry => "pd:Country",
            Self::BirthDate => "pd:BirthDate",
            Self::Url | Self::SameAs => "pd:Username",
            Self::Knows => "pd:Connection",
            Self::StreetAddress | Self::PostalCode => "pd:PhysicalAddress",
            Self::Spouse | Self::RelatedTo => "pd:Relationship",
            Self::KnowsAbout => "pd:ProfessionalCertification",
            Self::KnowsLanguage => "pd:Language",
            Self::Description => return None,
        })
    }

    /// The data category of Fideslang, where it has one.
    #[must_use]
    pub const fn fideslang(self) -> Option<&'static str> {
        Some(match self {
            Self::Name => "user.name",
            Self::GivenName => "user.name.first",
            Self::FamilyName => "user.name.last",
            Self::Email => "user.contact.email",
            Self::Telephone => "user.contact.phone_number",
            Self::Image => "user.content.self_image",
            Self::JobTitle | Self::Headline => "user.professional_information.job_title",
            Self::WorksFor => "user.professional_information.workplace",
            Self::Description | Self::HasOccupation | Self::KnowsAbout | Self::KnowsLanguage => "user.professional_information",
            Self::AddressLocality => "user.contact.address.city",
            Self::AddressCountry => "user.contact.address.country",
            Self::BirthDate => "user.demographic.date_of_birth",
            Self::Url | Self::SameAs => "user.contact.social_url",
            Self::Knows => "user.social_activity",
            Self::StreetAddress | Self::PostalCode => "user.contact.address",
            Self::Spouse | Self::RelatedTo => "user.demographic",
            Self::AlumniOf => return None,
        })
    }
}
