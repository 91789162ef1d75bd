//! How requests name domains, projects, users and scopes.

/// A domain, by id or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DomainRef {
    /// By id.
    Id(String),
    /// By name.
    Name(String),
}

/// A project, by id or by name within a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProjectRef {
    /// By id.
    Id(String),
    /// By name.
    Name {
        /// The name.
        name: String,
        /// The domain it is unique in.
        domain: DomainRef,
    },
}

/// A user, by id or by name within a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserRef {
    /// By id.
    Id(String),
    /// By name.
    Name {
        /// The name.
        name: String,
        /// The domain it is unique in.
        domain: DomainRef,
    },
}

impl UserRef {
    /// One text per way of naming a user, to tell users apart before they are looked up.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Id(id) => format!("i\0{id}"),
            Self::Name { name, domain: DomainRef::Id(domain) } => format!("n\0{domain}\0{name}"),
            Self::Name { name, domain: DomainRef::Name(domain) } => format!("m\0{domain}\0{name}"),
        }
    }
}

/// What a token shall be good for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ScopeRequest {
    /// Nothing asked: the user's default project if there is one.
    #[default]
    Default,
    /// Nothing, explicitly.
    Unscoped,
    /// A project.
    Project(ProjectRef),
    /// A domain.
    Domain(DomainRef),
    /// The whole deployment.
    System,
}
