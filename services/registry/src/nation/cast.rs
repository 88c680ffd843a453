//! Who the nation consists of: a few collectivities that every nation has, then as many more as are asked for.
//!
//! | index | what |
//! |---|---|
//! | 0 | Armentières, whose police is shared with La Chapelle-d'Armentières from an amendment on |
//! | 1 | an intercommunality |
//! | 2 | a town |
//! | 3 | a village with a garde champêtre service |
//! | 4 | a small town with agents of surveillance (ASVP) only |
//! | 5 | Mouthiers-sur-Boëme, which has a convention with the ANTS only |
//! | 6 | a suspended town |
//! | 7 | a town whose convention with the ANTAI has lapsed |
//! | 8 | a shared police that a commune has left by an amendment |
//! | 9 | another intercommunality |
//! | from 10 | by the last digit: 0 garde champêtre, 3 shared, 5 ASVP, 7 intercommunality while there are, else a town |

use cnt_contracts::mif::Corps;
use cnt_contracts::registry::CollectivityKindV1;
use cnt_contracts::senders::ServiceStanding;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::NationError;
use super::intercommunalities::{INTERCOMMUNALITIES, Intercommunality};
use super::places::{Choice, of_place};
use crate::reference::CommuneRow;

const ARMENTIERES: &str = "59017";
const LA_CHAPELLE_D_ARMENTIERES: &str = "59143";
const MOUTHIERS_SUR_BOEME: &str = "16236";
/// La Chapelle-d'Armentières joins so many days after the nation's start.
const JOINS_AFTER_DAYS: i64 = 60;
/// A commune leaves its shared police so many days after the nation's start.
const LEAVES_AFTER_DAYS: i64 = 45;

/// Inhabitants of a town with a police of its own; the three largest cities are left out, because their
/// arrondissements would have to be told apart.
const TOWN: std::ops::Range<u32> = 5_000..450_000;
/// Inhabitants of a village with gardes champêtres.
const VILLAGE: std::ops::Range<u32> = 800..3_500;
/// Inhabitants of a small town that has agents of surveillance only.
const SMALL_TOWN: std::ops::Range<u32> = 3_500..20_000;
/// Inhabitants of the seat of a shared police.
const SHARED_SEAT: std::ops::Range<u32> = 2_000..15_000;
/// Communes that join the seat of a shared police, at most.
const NEIGHBOURS_MAX: usize = 3;

/// A commune that a collectivity polices.
pub(super) struct Place<'a> {
    pub(super) commune: &'a CommuneRow,
    /// Covered from that day by an amendment; from the convention's first day otherwise.
    pub(super) joins: Option<Date>,
    /// No longer covered from that day, by an amendment.
    pub(super) leaves: Option<Date>,
}

/// A collectivity of the nation, with its one police service.
pub(super) struct Member<'a> {
    pub(super) siren: String,
    pub(super) name: String,
    pub(super) kind: CollectivityKindV1,
    pub(super) corps: Corps,
    pub(super) standing: ServiceStanding,
    /// Label of the service, as printed on the avis.
    pub(super) label: String,
    /// The seat first.
    pub(super) places: Vec<Place<'a>>,
}

impl<'a> Member<'a> {
    /// The commune where the service sits.
    pub(super) fn seat(&self) -> Option<&'a CommuneRow> {
        self.places.first().map(|place| place.commune)
    }
}

/// Assembles the nation. Another number of collectivities only adds or removes some at the end.
pub(super) fn assemble(
    mut choice: Choice<'_>,
    count: usize,
    start: Date,
) -> Result<Vec<Member<'_>>, NationError> {
    let fixed = [ARMENTIERES, LA_CHAPELLE_D_ARMENTIERES, MOUTHIERS_SUR_BOEME];
    let epci = INTERCOMMUNALITIES.iter().flat_map(|it| it.members).copied();
    for insee in fixed.into_iter().chain(epci) {
        choice.take(insee);
    }
    let mut intercommunalities = INTERCOMMUNALITIES.iter();
    let mut members = Vec::with_capacity(count);
    for index in 0..count {
        let role = Role::of(index);
        let found = match role {
            Role::Intercommunality => intercommunalities
                .next()
                .and_then(|epci| intercommunality(&mut choice, epci)),
            _ => None,
        };
        let found = match found {
            Some(member) => Some(member),
            None => member(&mut choice, role, start)?,
        };
        members.push(found.ok_or(NationError::TooManyCollectivities {
            wanted: count,
            available: index,
        })?);
    }
    Ok(members)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Armentieres,
    Mouthiers,
    Intercommunality,
    Town(ServiceStanding),
    Village,
    Surveillance,
    Shared { loses_one: bool },
}

impl Role {
    fn of(index: usize) -> Self {
        match index {
            0 => Self::Armentieres,
            1 | 9 => Self::Intercommunality,
            3 => Self::Village,
            4 => Self::Surveillance,
            5 => Self::Mouthiers,
            6 => Self::Town(ServiceStanding::Suspended),
            7 => Self::Town(ServiceStanding::ConventionLapsed),
            8 => Self::Shared { loses_one: true },
            2 => Self::Town(ServiceStanding::Good),
            _ => match index % 10 {
                0 => Self::Village,
                3 => Self::Shared { loses_one: false },
                5 => Self::Surveillance,
                7 => Self::Intercommunality,
                _ => Self::Town(ServiceStanding::Good),
            },
        }
    }
}

fn member<'a>(
    choice: &mut Choice<'a>,
    role: Role,
    start: Date,
) -> Result<Option<Member<'a>>, NationError> {
    let day = |days: i64| {
        start
            .checked_add(days.days())
            .map_err(|source| NationError::Start { start, source })
    };
    let of_town = |commune: &'a CommuneRow| commune_of(commune, Corps::Pm, ServiceStanding::Good);
    Ok(match role {
        Role::Armentieres => {
            let joined = choice.take(LA_CHAPELLE_D_ARMENTIERES);
            let joins = Some(day(JOINS_AFTER_DAYS)?);
            choice.take(ARMENTIERES).map(|seat| {
                let mut member = of_town(seat).shared();
                member.places.extend(joined.map(|commune| Place {
                    commune,
                    joins,
                    leaves: None,
                }));
                member
            })
        }
        Role::Mouthiers => choice
            .take(MOUTHIERS_SUR_BOEME)
            .map(|commune| commune_of(commune, Corps::Pm, ServiceStanding::NoAntaiConvention)),
        Role::Town(standing) => choice
            .next(TOWN)
            .map(|commune| commune_of(commune, Corps::Pm, standing)),
        // When no intercommunality is left, a town takes its place.
        Role::Intercommunality => choice.next(TOWN).map(of_town),
        Role::Village => choice
            .next(VILLAGE)
            .map(|commune| commune_of(commune, Corps::Gc, ServiceStanding::Good)),
        Role::Surveillance => choice
            .next(SMALL_TOWN)
            .map(|commune| commune_of(commune, Corps::Asvp, ServiceStanding::Good)),
        Role::Shared { loses_one } => {
            let leaves = loses_one.then(|| day(LEAVES_AFTER_DAYS)).transpose()?;
            choice
                .next_with_neighbours(SHARED_SEAT, NEIGHBOURS_MAX)
                .and_then(|communes| shared(&communes, leaves))
        }
    })
}

fn commune_of(commune: &CommuneRow, corps: Corps, standing: ServiceStanding) -> Member<'_> {
    let of = of_place(&commune.name);
    let label = match corps {
        Corps::Pm => "Police municipale",
        Corps::Gc => "Garde champêtre",
        Corps::Asvp => "Surveillance de la voie publique",
    };
    let siren = commune.siren.as_ref();
    Member {
        siren: siren.map_or_else(String::new, |siren| siren.as_str().to_owned()),
        name: format!("Commune {of}"),
        kind: CollectivityKindV1::Commune,
        corps,
        standing,
        label: format!("{label} {of}"),
        places: vec![Place {
            commune,
            joins: None,
            leaves: None,
        }],
    }
}

impl Member<'_> {
    fn shared(mut self) -> Self {
        self.kind = CollectivityKindV1::SharedPolice;
        self.label = self
            .label
            .replacen("Police municipale", "Police municipale mutualisée", 1);
        self
    }
}

/// A shared police; its last commune leaves it on a day, if one is given.
fn shared<'a>(communes: &[&'a CommuneRow], leaves: Option<Date>) -> Option<Member<'a>> {
    let (seat, others) = communes.split_first()?;
    let mut member = commune_of(seat, Corps::Pm, ServiceStanding::Good).shared();
    member.places.extend(others.iter().map(|commune| Place {
        commune,
        joins: None,
        leaves: None,
    }));
    if let Some(last) = member.places.last_mut() {
        last.leaves = leaves;
    }
    Some(member)
}

fn intercommunality<'a>(choice: &mut Choice<'a>, epci: &Intercommunality) -> Option<Member<'a>> {
    let places: Vec<_> = epci
        .members
        .iter()
        .filter_map(|insee| choice.take(insee))
        .map(|commune| Place {
            commune,
            joins: None,
            leaves: None,
        })
        .collect();
    (!places.is_empty()).then(|| Member {
        siren: epci.siren.to_owned(),
        name: epci.name.to_owned(),
        kind: CollectivityKindV1::Intercommunality,
        corps: Corps::Pm,
        standing: ServiceStanding::Good,
        label: format!("Police intercommunale {}", epci.of),
        places,
    })
}
