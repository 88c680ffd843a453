//! Cards and stations: certified, suspended, revoked, cut. Each act is a version of the registry and an entry in its
//! journal.

use cnt_contracts::hex32::Hex32;
use cnt_contracts::registry::{
    CardV1, DateText, PeriodV1, ReasonV1, RevocationV1, SnapshotV1, StationV1, to_registry,
};
use cnt_domain::InvalidValue;
use cnt_domain::codes::{DeviceSerial, Matricule, Siren};
use cnt_domain::conventions::ConventionKind;
use cnt_domain::registry::Registry;
use cnt_store::PgConnection;
use cnt_trust::issue::{
    AgentIdentity, CardUse, Certified, IssueError, KeyRequest, StationIdentity, StationUse,
};
use cnt_trust::sha256;
use jiff::civil::Date;
use serde_json::json;

use crate::authorities::AuthoritiesError;
use crate::change::{ChangeError, Changed, Entry, Registrar};
use crate::db::cards::CertificateRow;

/// Why a card or station is not certified.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("no collectivity has this SIREN")]
    UnknownCollectivity,
    #[error("the collectivity has no convention of this kind in force")]
    NoConvention,
    #[error("the collectivity is suspended")]
    Suspended,
    #[error("the agent is not enrolled in a service of the collectivity")]
    NotEnrolled,
    #[error("the agent has card {serial}, which is not revoked")]
    HasCard { serial: String },
    #[error("this station exists, or existed, already")]
    StationExists,
    #[error("no station has this name")]
    UnknownStation,
    #[error("this station is cut already")]
    AlreadyCut,
    #[error("a {} is {}", .0.what, .0.expected)]
    Value(#[from] InvalidValue),
    #[error(transparent)]
    Key(IssueError),
}

/// A card that is asked for.
pub(crate) struct CardOrder {
    pub(crate) siren: String,
    pub(crate) matricule: String,
    pub(crate) signature: KeyRequest,
    pub(crate) authentication: KeyRequest,
}

/// A station that is asked for.
pub(crate) struct StationOrder {
    pub(crate) siren: String,
    pub(crate) name: String,
    pub(crate) connection: KeyRequest,
    pub(crate) seal: KeyRequest,
}

/// What was issued to a holder: its number or name, and two certificates.
pub(crate) struct IssuedPair {
    pub(crate) holder: String,
    pub(crate) certificates: [Certified; 2],
}

impl Registrar {
    /// Certifies the two keys of an agent's card and registers it.
    pub(crate) fn issue_card(
        &self,
        conn: &mut PgConnection,
        by: &str,
        order: &CardOrder,
    ) -> Result<Changed<(i64, IssuedPair)>, ChangeError> {
        let authorities = self.authorities.as_ref().ok_or(AuthoritiesError::None)?;
        let today = self.clock.legal_today_paris();
        let now_s = self.instants().legal_s;
        self.amend_journalled(conn, by, "card", |snapshot| {
            let registry = to_registry(snapshot)?;
            let organisation = may_have(&registry, &order.siren, ConventionKind::Ants, today)?;
            is_enrolled(&registry, &order.siren, &order.matricule, today)?;
            let theirs = |card: &&CardV1| {
                card.siren == order.siren
                    && card.matricule == order.matricule
                    && card
                        .revocation
                        .as_ref()
                        .is_none_or(|it| it.reason == ReasonV1::Suspension)
            };
            if let Some(card) = snapshot.cards.iter().find(theirs) {
                let serial = card.serial.clone();
                return Err(Refusal::HasCard { serial }.into());
            }
            let identity = AgentIdentity {
                card_number: next_number(snapshot, &order.siren),
                agent_number: order.matricule.clone(),
                siren: order.siren.clone(),
                organisation,
                name: format!("Agent {}", order.matricule),
            };
            let certify = |card_use, request| {
                let hierarchy = authorities.hierarchy();
                certified(hierarchy.certify_card_request(&identity, card_use, request, now_s))
            };
            let signature = certify(CardUse::Signature, &order.signature)?;
            let authentication = certify(CardUse::Authentication, &order.authentication)?;
            snapshot.cards.push(CardV1 {
                serial: identity.card_number.clone(),
                siren: order.siren.clone(),
                matricule: order.matricule.clone(),
                certificate: Hex32(sha256(&signature.certificate_der)),
                signature_number: Some(signature.serial.to_string()),
                authentication_number: Some(authentication.serial.to_string()),
                revocation: None,
            });
            Ok(issued(
                "card_issued",
                identity.card_number,
                [("signature", signature), ("authentication", authentication)],
            ))
        })
    }

    /// Revokes a card; a suspended one too, but not from a later instant on: until then it would be good again.
    pub(crate) fn revoke_card(
        &self,
        conn: &mut PgConnection,
        by: &str,
        serial: &str,
        revocation: RevocationV1,
    ) -> Result<Changed<(i64, ())>, ChangeError> {
        let now_s = self.instants().legal_s;
        self.amend_journalled(conn, by, "revocation", |snapshot| {
            let card = card_of(snapshot, serial)?;
            let named = || serial.to_owned();
            match card.revocation.as_ref().map(|it| it.reason) {
                Some(ReasonV1::Suspension) if revocation.effective_at_s > now_s => {
                    return Err(ChangeError::WouldResume { serial: named() });
                }
                None | Some(ReasonV1::Suspension) => {}
                Some(_) => {
                    return Err(ChangeError::AlreadyRevoked { serial: named() });
                }
            }
            let detail =
                json!({"reason": revocation.reason, "effective_at_s": revocation.effective_at_s});
            card.revocation = Some(revocation);
            Ok(((), act("card_revoked", serial, detail)))
        })
    }

    /// Suspends a card from now on.
    pub(crate) fn suspend_card(
        &self,
        conn: &mut PgConnection,
        by: &str,
        serial: &str,
    ) -> Result<Changed<(i64, ())>, ChangeError> {
        let effective_at_s = self.instants().legal_s;
        self.amend_journalled(conn, by, "suspension", |snapshot| {
            let card = card_of(snapshot, serial)?;
            let named = || serial.to_owned();
            match card.revocation.as_ref().map(|it| it.reason) {
                None => {}
                Some(ReasonV1::Suspension) => {
                    return Err(ChangeError::AlreadySuspended { serial: named() });
                }
                Some(_) => return Err(ChangeError::AlreadyRevoked { serial: named() }),
            }
            card.revocation = Some(RevocationV1 {
                effective_at_s,
                reason: ReasonV1::Suspension,
            });
            let detail = json!({"effective_at_s": effective_at_s});
            Ok(((), act("card_suspended", serial, detail)))
        })
    }

    /// Ends a card's suspension.
    pub(crate) fn resume_card(
        &self,
        conn: &mut PgConnection,
        by: &str,
        serial: &str,
    ) -> Result<Changed<(i64, ())>, ChangeError> {
        self.amend_journalled(conn, by, "suspension", |snapshot| {
            let card = card_of(snapshot, serial)?;
            if !card
                .revocation
                .as_ref()
                .is_some_and(|it| it.reason == ReasonV1::Suspension)
            {
                return Err(ChangeError::NotSuspended {
                    serial: serial.to_owned(),
                });
            }
            card.revocation = None;
            Ok(((), act("card_resumed", serial, json!({}))))
        })
    }

    /// Certifies the two keys of a station and registers it.
    pub(crate) fn issue_station(
        &self,
        conn: &mut PgConnection,
        by: &str,
        order: &StationOrder,
    ) -> Result<Changed<(i64, IssuedPair)>, ChangeError> {
        let authorities = self.authorities.as_ref().ok_or(AuthoritiesError::None)?;
        let today = self.clock.legal_today_paris();
        let now_s = self.instants().real_s;
        // A station is named as a device is: its name is written into files and certificates.
        let name: DeviceSerial = order.name.parse().map_err(Refusal::Value)?;
        self.amend_journalled(conn, by, "station", |snapshot| {
            let registry = to_registry(snapshot)?;
            let organisation = may_have(&registry, &order.siren, ConventionKind::Antai, today)?;
            if snapshot.stations.iter().any(|it| it.name == name.as_str()) {
                return Err(Refusal::StationExists.into());
            }
            let identity = StationIdentity {
                number: name.as_str().to_owned(),
                siren: order.siren.clone(),
                organisation,
            };
            let certify = |station_use, request| {
                let hierarchy = authorities.hierarchy();
                let issued =
                    hierarchy.certify_station_request(&identity, station_use, request, now_s);
                certified(issued)
            };
            let connection = certify(StationUse::Connection, &order.connection)?;
            let seal = certify(StationUse::Seal, &order.seal)?;
            snapshot.stations.push(StationV1 {
                fingerprint: Hex32(sha256(&connection.certificate_der)),
                connection_number: Some(connection.serial.to_string()),
                seal_number: Some(seal.serial.to_string()),
                siren: order.siren.clone(),
                name: identity.number.clone(),
                period: PeriodV1 {
                    from: DateText(today.to_string()),
                    to: None,
                },
                cut_at_s: None,
            });
            Ok(issued(
                "station_issued",
                identity.number,
                [("connection", connection), ("seal", seal)],
            ))
        })
    }

    /// Cuts a station off now: its certificates are revoked, and its period has ended the day before.
    pub(crate) fn cut_station(
        &self,
        conn: &mut PgConnection,
        by: &str,
        name: &str,
        reason: ReasonV1,
    ) -> Result<Changed<(i64, ())>, ChangeError> {
        let yesterday = self.clock.legal_today_paris().yesterday();
        let yesterday = yesterday.unwrap_or(Date::MIN);
        let now_s = self.instants().real_s;
        self.amend_journalled(conn, by, "station", |snapshot| {
            let mut stations = snapshot.stations.iter_mut();
            let station = stations.find(|station| station.name == name);
            let station = station.ok_or(Refusal::UnknownStation)?;
            if station.cut_at_s.is_some() {
                return Err(Refusal::AlreadyCut.into());
            }
            station.cut_at_s = Some(now_s);
            station.period.to = Some(DateText(yesterday.to_string()));
            let detail = json!({"reason": reason, "cut_at_s": now_s});
            Ok(((), act("station_cut", name, detail)))
        })
    }
}

fn card_of<'s>(snapshot: &'s mut SnapshotV1, serial: &str) -> Result<&'s mut CardV1, ChangeError> {
    let mut cards = snapshot.cards.iter_mut();
    cards
        .find(|card| card.serial == serial)
        .ok_or_else(|| ChangeError::UnknownCard {
            serial: serial.to_owned(),
        })
}

/// The collectivity's name, if a convention of that kind lets it have cards (ANTS) or stations (ANTAI) on a day.
fn may_have(
    registry: &Registry,
    siren: &str,
    kind: ConventionKind,
    day: Date,
) -> Result<String, ChangeError> {
    let siren: Siren = siren.parse().map_err(Refusal::Value)?;
    let collectivity = registry.collectivities.get(&siren);
    let collectivity = collectivity.ok_or(Refusal::UnknownCollectivity)?;
    if collectivity.suspensions.iter().any(|it| it.contains(day)) {
        return Err(Refusal::Suspended.into());
    }
    if collectivity.convention(kind, day).is_none() {
        return Err(Refusal::NoConvention.into());
    }
    Ok(collectivity.name.clone())
}

fn is_enrolled(
    registry: &Registry,
    siren: &str,
    matricule: &str,
    day: Date,
) -> Result<(), ChangeError> {
    let matricule: Matricule = matricule.parse().map_err(Refusal::Value)?;
    let is_theirs = |service| {
        let service = registry.services.get(service);
        service.is_some_and(|service| service.siren.as_str() == siren)
    };
    let is_enrolled = registry.habilitations.values().any(|habilitation| {
        habilitation.matricule == matricule
            && habilitation.period.contains(day)
            && is_theirs(&habilitation.service)
    });
    if is_enrolled {
        Ok(())
    } else {
        Err(Refusal::NotEnrolled.into())
    }
}

/// Cards of a collectivity are numbered one after the other.
fn next_number(snapshot: &SnapshotV1, siren: &str) -> String {
    let prefix = format!("SIM-{siren}-");
    let numbers = snapshot.cards.iter().filter_map(|card| {
        let number = card.serial.strip_prefix(&prefix)?;
        number.parse::<u32>().ok()
    });
    let next = numbers.max().unwrap_or_default() + 1;
    format!("{prefix}{next:06}")
}

/// A key that is refused is the asker's fault, anything else ours.
fn certified(outcome: Result<Certified, IssueError>) -> Result<Certified, ChangeError> {
    outcome.map_err(|error| match error {
        IssueError::KeyRefused | IssueError::Request => Refusal::Key(error).into(),
        other => AuthoritiesError::Issue(other).into(),
    })
}

fn act(act: &'static str, subject: &str, detail: serde_json::Value) -> Entry {
    Entry {
        act,
        subject: subject.to_owned(),
        detail,
        certificates: Vec::new(),
    }
}

fn issued(
    what: &'static str,
    holder: String,
    pair: [(&'static str, Certified); 2],
) -> (IssuedPair, Entry) {
    let row = |(usage, certified): &(&'static str, Certified)| CertificateRow {
        authority: certified.issuer.slug().to_owned(),
        number: certified.serial.to_string(),
        holder: holder.clone(),
        usage: (*usage).to_owned(),
        not_after_s: certified.not_after,
        pem: certified.certificate_pem(),
    };
    let certificates: Vec<_> = pair.iter().map(row).collect();
    let numbers: serde_json::Map<_, _> = certificates
        .iter()
        .map(|row| (row.usage.clone(), row.number.clone().into()))
        .collect();
    let entry = Entry {
        act: what,
        subject: holder.clone(),
        detail: numbers.into(),
        certificates,
    };
    let certificates = pair.map(|(_, certified)| certified);
    (
        IssuedPair {
            holder,
            certificates,
        },
        entry,
    )
}
