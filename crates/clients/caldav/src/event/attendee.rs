//! Who takes part (RFC 5545, sections 3.8.4.1, 3.8.4.3; RFC 6638, section 7).

use crate::format::Property;

super::known_values! {
    /// How much somebody is wanted.
    Role {
        /// Leads.
        Chair = "CHAIR",
        /// Must come.
        Required = "REQ-PARTICIPANT",
        /// May come.
        Optional = "OPT-PARTICIPANT",
        /// Is told only.
        Informed = "NON-PARTICIPANT",
    }
}

super::known_values! {
    /// What somebody answered.
    Participation {
        /// Nothing yet.
        NeedsAction = "NEEDS-ACTION",
        /// Yes.
        Accepted = "ACCEPTED",
        /// No.
        Declined = "DECLINED",
        /// Perhaps.
        Tentative = "TENTATIVE",
        /// Somebody else comes.
        Delegated = "DELEGATED",
        /// A task is done.
        Completed = "COMPLETED",
        /// A task is being worked on.
        InProcess = "IN-PROCESS",
    }
}

super::known_values! {
    /// What kind of party it is.
    CalendarUserType {
        /// A person.
        Individual = "INDIVIDUAL",
        /// A group of people.
        Group = "GROUP",
        /// A thing.
        Resource = "RESOURCE",
        /// A room.
        Room = "ROOM",
        /// It is not known.
        Unknown = "UNKNOWN",
    }
}

super::known_values! {
    /// Who sends invitations (RFC 6638, section 7.1).
    ScheduleAgent {
        /// The server, which is what it does unless told otherwise.
        Server = "SERVER",
        /// Whoever writes the event: the server sends nothing.
        Client = "CLIENT",
        /// Nobody.
        None = "NONE",
    }
}

/// An attendee, or the organizer. Parameters that are not understood survive when it is written again.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attendee {
    /// The calendar address, usually `mailto:…`.
    pub address: String,
    /// The name for people.
    pub name: Option<String>,
    /// How much they are wanted.
    pub role: Role,
    /// What they answered.
    pub participation: Participation,
    /// Whether an answer is wanted.
    pub wants_reply: bool,
    /// What kind of party it is.
    pub kind: CalendarUserType,
    /// Who sends them the invitation.
    pub schedule_agent: ScheduleAgent,
    /// What became of the delivery (RFC 6638, section 7.3), such as `1.2`.
    pub schedule_status: Option<String>,
    source: Option<Property>,
}

impl Attendee {
    /// Somebody with a mail address, who must come and has not answered.
    pub fn mail(address: impl AsRef<str>) -> Self {
        let address = address.as_ref();
        let has_scheme = address
            .get(..7)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
        Self {
            address: if has_scheme {
                address.to_owned()
            } else {
                format!("mailto:{address}")
            },
            name: None,
            role: Role::Required,
            participation: Participation::NeedsAction,
            wants_reply: true,
            kind: CalendarUserType::Individual,
            schedule_agent: ScheduleAgent::Server,
            schedule_status: None,
            source: None,
        }
    }

    /// The name for people.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// How much they are wanted.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// What they answered.
    #[must_use]
    pub fn participation(mut self, participation: Participation) -> Self {
        self.participation = participation;
        self
    }

    /// Who sends the invitation: [`ScheduleAgent::Client`] keeps the server from it.
    #[must_use]
    pub fn schedule_agent(mut self, agent: ScheduleAgent) -> Self {
        self.schedule_agent = agent;
        self
    }

    /// The mail address, if it has one.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        let scheme = self.address.get(..7)?;
        scheme
            .eq_ignore_ascii_case("mailto:")
            .then(|| self.address.get(7..))?
    }

    /// Whether this is their address; case and the scheme of mail do not matter.
    #[must_use]
    pub fn is(&self, address: &str) -> bool {
        same_address(&self.address, address)
    }

    pub(crate) fn read(property: &Property) -> Self {
        let text = |name| property.parameter(name);
        Self {
            address: property.value().trim().to_owned(),
            name: text("CN").map(str::to_owned),
            role: text("ROLE").map_or(Role::Required, Role::parse),
            participation: text("PARTSTAT")
                .map_or(Participation::NeedsAction, Participation::parse),
            wants_reply: text("RSVP").is_some_and(|value| value.eq_ignore_ascii_case("TRUE")),
            kind: text("CUTYPE").map_or(CalendarUserType::Individual, CalendarUserType::parse),
            schedule_agent: text("SCHEDULE-AGENT")
                .map_or(ScheduleAgent::Server, ScheduleAgent::parse),
            schedule_status: text("SCHEDULE-STATUS").map(str::to_owned),
            source: Some(property.clone()),
        }
    }

    /// As `ATTENDEE`. Values that are the default are left out.
    pub(crate) fn attendee(&self) -> Property {
        let mut property = self.base("ATTENDEE");
        let unless = |is_default: bool, value: &str| (!is_default).then(|| value.to_owned());
        property.set_parameter(
            "CUTYPE",
            unless(
                self.kind == CalendarUserType::Individual,
                self.kind.as_str(),
            ),
        );
        property.set_parameter(
            "ROLE",
            unless(self.role == Role::Required, self.role.as_str()),
        );
        property.set_parameter("PARTSTAT", Some(self.participation.as_str().to_owned()));
        property.set_parameter("RSVP", self.wants_reply.then(|| "TRUE".to_owned()));
        property
    }

    /// As `ORGANIZER`, which has fewer parameters.
    pub(crate) fn organizer(&self) -> Property {
        self.base("ORGANIZER")
    }

    fn base(&self, name: &str) -> Property {
        let mut property = match &self.source {
            Some(source) if source.name() == name => source.clone(),
            _ => Property::new(name, ""),
        };
        property.set_value(&self.address);
        property.set_parameter("CN", self.name.clone());
        let agent = (self.schedule_agent != ScheduleAgent::Server)
            .then(|| self.schedule_agent.as_str().to_owned());
        property.set_parameter("SCHEDULE-AGENT", agent);
        property
    }
}

/// Addresses are private: how many there are may be shown, but not whose.
impl std::fmt::Debug for Attendee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attendee")
            .field("role", &self.role)
            .field("participation", &self.participation)
            .finish_non_exhaustive()
    }
}

pub(crate) fn same_address(one: &str, other: &str) -> bool {
    let bare = |address: &str| {
        let address = address.trim().to_lowercase();
        address
            .strip_prefix("mailto:")
            .map_or_else(|| address.clone(), str::to_owned)
    };
    bare(one) == bare(other)
}
