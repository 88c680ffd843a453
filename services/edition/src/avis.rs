//! From the facts of a MIF to what is printed on its avis (CPP A37-16).

use cnt_domain::amounts::{FineAmounts, PrintedDeadlines};
use cnt_domain::codes::OmpCode;
use cnt_domain::ids::AvisNumber;
use cnt_domain::law::{Author, HolderLiability};
use cnt_domain::mif::{Mif, Offence, Place, Vehicle};
use cnt_domain::natinf::NatInfEntry;
use cnt_domain::registry::{Commune, Omp, Registry};
use cnt_rendition::{
    AddresseeRole, AmountDue, AmountFrom, AmountsInput, AvisInput, ContestInput, LiabilityRule,
    OffenceInput, OmpInput, ParkingInput, PlaceInput, PoliceServiceInput, SpeedInput,
    TelepaymentInput, VehicleInput,
};
use jiff::civil::{Date, Time};

use crate::addressee::{Addressee, LINE_LENGTH_MAX};
use crate::parking_form::is_parking_form;
use crate::text::{printable_free, shortened, wrapped};

/// Longest street, service and other texts that the template prints, in characters.
const STREET_LENGTH_MAX: usize = 70;
pub(crate) const POSITION_LENGTH_MAX: usize = 40;
const COMMUNE_LENGTH_MAX: usize = 50;
const MAKE_LENGTH_MAX: usize = 30;
const LABEL_LENGTH_MAX: usize = 60;
const OMP_NAME_LENGTH_MAX: usize = 100;
const OMP_LINES_MAX: usize = 4;
const DIRECTION_LENGTH_MAX: usize = 40;
const DEVICE_LENGTH_MAX: usize = 40;

/// States of the European Union and of the European Economic Area but France, whose licences are exchanged after an
/// offence that withdraws points (code de la route R222-2).
const EXCHANGED_LICENCES: [&str; 29] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "GR", "HR", "HU", "IE", "IS", "IT",
    "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// What an accepted MIF names and the version of the registry it was judged by does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the registry of the verdict holds no {0} for the MIF")]
pub struct MissingFact(pub &'static str);

/// What tells one issue of an avis from another.
#[derive(Clone, Copy)]
pub struct Issue<'a> {
    /// Its number.
    pub number: AvisNumber,
    /// Its date.
    pub date: Date,
    /// The key printed on it, with which the addressee opens the file on the portal.
    pub portal_key: &'a str,
}

/// An avis before it is rendered: what is printed, and what others must know without opening it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Avis {
    /// What is printed.
    pub input: AvisInput,
    /// Its number.
    pub number: AvisNumber,
    /// The amounts.
    pub amounts: FineAmounts,
    /// The OMP competent for the place.
    pub omp: OmpCode,
}

/// Writes out the avis of a MIF: law and names of the registry's version, amounts of the class, deadlines counted
/// from the date of the avis.
///
/// # Errors
/// Names what the registry does not hold.
pub fn avis(
    mif: &Mif,
    addressee: &Addressee,
    registry: &Registry,
    issue: &Issue<'_>,
) -> Result<Avis, MissingFact> {
    let natinf = registry
        .natinf
        .in_force(mif.offence.natinf, mif.offence.day)
        .map_err(|_| MissingFact("NatInf in force"))?;
    let commune = registry
        .communes
        .get(&mif.offence.place.commune)
        .ok_or(MissingFact("commune"))?;
    let omp = registry
        .competent_omp(&mif.siren, commune, natinf, mif.offence.day)
        .ok_or(MissingFact("OMP of the commune"))?
        .omp;
    let service = registry
        .services
        .get(&mif.service)
        .ok_or(MissingFact("police service"))?;
    let avis_number = issue.number.to_string();
    let telepayment = TelepaymentInput::of_avis(&avis_number).ok_or(MissingFact("number"))?;
    let author = author(mif, addressee.role);
    let amounts = registry
        .law
        .amounts(natinf, author, mif.offence.day)
        .ok_or(MissingFact("amounts at the day of the offence"))?;
    let deadlines = registry
        .law
        .deadlines(issue.date, addressee.is_abroad)
        .ok_or(MissingFact("delays at the date of the avis"))?;
    let liability = match registry.law.holder(natinf, mif.offence.day) {
        HolderLiability::Responsible => LiabilityRule::L1212,
        HolderLiability::Liable => LiabilityRule::L1213,
        HolderLiability::None => LiabilityRule::Author,
    };
    let input = AvisInput {
        avis_number,
        avis_date: issue.date,
        portal_key: issue.portal_key.to_owned(),
        recipient: addressee.lines.clone(),
        addressee: addressee.role,
        is_abroad: addressee.is_abroad,
        liability,
        // Code de la route L121-6 speaks of offences found by automated devices alone (L130-9).
        must_designate: false,
        offence: offence(mif, natinf, commune)?,
        vehicle: mif.vehicle.as_ref().map(vehicle),
        police_service: PoliceServiceInput {
            label: shortened(&printable_free(&service.label), LABEL_LENGTH_MAX),
            code: mif.service.as_str().to_owned(),
            agent_number: mif.matricule.as_str().to_owned(),
        },
        points: natinf.points,
        licence_exchange: natinf.points > 0 && must_exchange_licence(mif, addressee),
        amounts: amounts_printed(&amounts, &deadlines),
        telepayment,
        contest: ContestInput {
            until: deadlines.requete,
            consignation_cents: is_deposit_due(liability, addressee.role)
                .then_some(amounts.forfaitaire.0),
            omp: omp_printed(omp),
        },
    };
    Ok(Avis {
        input,
        number: issue.number,
        amounts,
        omp: omp.code.clone(),
    })
}

fn offence(
    mif: &Mif,
    natinf: &NatInfEntry,
    commune: &Commune,
) -> Result<OffenceInput, MissingFact> {
    Ok(OffenceInput {
        date: mif.offence.day,
        time: clock_time(&mif.offence.clock_time).ok_or(MissingFact("time of day"))?,
        place: place(&mif.offence.place, commune),
        natinf: natinf.code.0,
        class: natinf.class.number(),
        qualification: natinf.qualification.clone(),
        defined_by: natinf.defined_by.clone(),
        punished_by: natinf.punished_by.clone(),
        parking: is_parking_form(natinf).then_some(ParkingInput {
            removal_requested: mif.offence.removal_requested,
            above_20_m2_in_tourist_zone: mif.offence.above_20_m2,
        }),
        speed: speed(&mif.offence).filter(|_| !is_parking_form(natinf)),
    })
}

fn speed(offence: &Offence) -> Option<SpeedInput> {
    let speed = offence.speed?;
    let device = printable_free(offence.speed_device.as_deref().unwrap_or_default());
    let device = if device.is_empty() { "–" } else { &device };
    Some(SpeedInput {
        limit: speed.limit,
        measured: speed.measured,
        retained: speed.retained,
        device: shortened(device, DEVICE_LENGTH_MAX),
        road: None,
    })
}

/// Whoever lives in France with a licence of another European state must exchange it after such an offence.
fn must_exchange_licence(mif: &Mif, addressee: &Addressee) -> bool {
    let licence = mif
        .person
        .as_ref()
        .and_then(|person| person.licence.as_ref());
    let country = licence.map(|licence| licence.country.to_string());
    !addressee.is_abroad && country.is_some_and(|of| EXCHANGED_LICENCES.contains(&of.as_str()))
}

/// `HH:MM`.
fn clock_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// The street is printed whole, if need be over the line of the position; the agent's words on the position take
/// what is left and are shortened.
fn place(place: &Place, commune: &Commune) -> PlaceInput {
    let street = match &place.number {
        Some(number) => format!("{number} {}", place.street),
        None => place.street.clone(),
    };
    let mut parts = wrapped(&printable_free(&street), STREET_LENGTH_MAX).into_iter();
    let street = parts.next();
    let mut position: Vec<String> = parts.collect();
    position.extend(
        place
            .detail
            .as_deref()
            .map(printable_free)
            .filter(|detail| !detail.is_empty()),
    );
    let position = position.join(", ");
    PlaceInput {
        commune: shortened(&printable_free(&commune.name), COMMUNE_LENGTH_MAX),
        departement: commune.insee.departement().to_owned(),
        street,
        position: (!position.is_empty()).then(|| shortened(&position, POSITION_LENGTH_MAX)),
        direction: place
            .direction
            .as_deref()
            .map(printable_free)
            .filter(|direction| !direction.is_empty())
            .map(|direction| shortened(&direction, DIRECTION_LENGTH_MAX)),
    }
}

fn vehicle(vehicle: &Vehicle) -> VehicleInput {
    let make = vehicle.make.as_deref().map(printable_free);
    VehicleInput {
        plate: vehicle.plate.as_on_vehicle(),
        country: vehicle.plate.country().postal_name().to_owned(),
        make: make
            .filter(|make| !make.is_empty())
            .map(|make| shortened(&make, MAKE_LENGTH_MAX)),
    }
}

fn amounts_printed(amounts: &FineAmounts, deadlines: &PrintedDeadlines) -> AmountsInput {
    let last = deadlines
        .forfaitaire_paper
        .max(deadlines.forfaitaire_online);
    AmountsInput {
        minoree: amounts.minoree.map(|minoree| AmountDue {
            cents: minoree.0,
            until_paper: deadlines.minoree_paper,
            until_remote: deadlines.minoree_online,
        }),
        forfaitaire: AmountDue {
            cents: amounts.forfaitaire.0,
            until_paper: deadlines.forfaitaire_paper,
            until_remote: deadlines.forfaitaire_online,
        },
        majoree: AmountFrom {
            cents: amounts.majoree.0,
            from: last.tomorrow().unwrap_or(last),
        },
    }
}

/// Who owes: a legal person only as the author of the offence (CPP 530-3), its representative as a natural person
/// (code de la route L121-2, L121-3).
fn author(mif: &Mif, role: AddresseeRole) -> Author {
    let is_legal = mif
        .person
        .as_ref()
        .is_some_and(|person| person.legal.is_some());
    match role {
        AddresseeRole::LegalRepresentative => Author::Representative,
        _ if is_legal => Author::Legal,
        _ => Author::Natural,
    }
}

/// A deposit goes with the requête only where the holder is liable to pay (code de la route L121-3) and is the one
/// addressed, or the hirer or buyer in the holder's place (CPP 529-10).
fn is_deposit_due(liability: LiabilityRule, role: AddresseeRole) -> bool {
    let is_holder = matches!(
        role,
        AddresseeRole::Holder
            | AddresseeRole::LegalRepresentative
            | AddresseeRole::Hirer
            | AddresseeRole::Buyer
    );
    is_holder && liability == LiabilityRule::L1213
}

/// An OMP as documents name it.
pub(crate) fn omp_printed(omp: &Omp) -> OmpInput {
    let mut court = omp.court.chars();
    let initial = court.next().map(char::to_lowercase);
    let court: String = initial.into_iter().flatten().chain(court).collect();
    let name = format!("Officier du ministère public près le {court}");
    let address = omp
        .address
        .iter()
        .flat_map(|line| wrapped(&printable_free(line), LINE_LENGTH_MAX))
        .take(OMP_LINES_MAX)
        .collect();
    OmpInput {
        name: shortened(&printable_free(&name), OMP_NAME_LENGTH_MAX),
        address,
    }
}

#[cfg(test)]
mod tests;
