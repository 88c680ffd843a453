//! The simulated SIV (registration system): what it says of a plate on a day, computed, never stored.
//!
//! The answer depends on the plate and the day alone, so that a verdict and its letter can be reproduced years later.
//! Names and addresses are invented; localities and postcodes are real. E-mail addresses lie in the domain reserved for
//! examples.
//!
//! A vehicle has a file: the day it was registered, a chain of holders who follow each other every few years, perhaps a day
//! on which it was stolen or destroyed. Who answers for an offence is the one the law charges **on its day** (CR L121-2,
//! L121-3): the holder, for a company its legal representative; the hirer of a vehicle let for a long term; the buyer of
//! one whose sale is declared and not yet registered in his name (CR R322-4, R322-5: one month).
//!
//! [`Shares`] says how often each outcome comes; [`MAGIC_PLATES`] lists plates that always give a certain one.

use jiff::civil::Date;

use crate::address::Address;
use crate::country::Country;
use crate::plate::{Plate, PlateSeries};
use crate::verdict::NotTransformed;

mod draw;
mod file;
mod magic;
mod parties;
mod places;
mod vocabulary;

pub use magic::{MAGIC_PLATES, MagicPlate};

use file::File;

/// A person or a company, as registered.
#[derive(Clone, PartialEq, Eq)]
pub enum Identity {
    /// A natural person.
    Person {
        /// `M.` or `MME`.
        civility: &'static str,
        /// First name.
        first_name: String,
        /// Family name.
        last_name: String,
    },
    /// A legal person, whose legal representative answers for it.
    Company {
        /// Form and name.
        name: String,
    },
}

impl Identity {
    /// The name as it stands on a letter.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Identity::Person {
                civility,
                first_name,
                last_name,
            } => format!("{civility} {first_name} {last_name}"),
            Identity::Company { name } => name.clone(),
        }
    }

    /// Whether it is a legal person.
    #[must_use]
    pub fn is_company(&self) -> bool {
        matches!(self, Identity::Company { .. })
    }
}

/// Somebody in the register, with an address.
#[derive(Clone, PartialEq, Eq)]
pub struct Party {
    /// Who.
    pub identity: Identity,
    /// Where.
    pub address: Address,
    /// E-mail address, if the register has one.
    pub email: Option<String>,
}

/// In which quality somebody answers for an offence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quality {
    /// Holder of the certificat d'immatriculation.
    Holder,
    /// Hirer for a long term (location longue durée, crédit-bail).
    Hirer,
    /// Buyer whose certificate is not made out yet.
    Buyer,
}

/// What the register says of a vehicle on a day.
#[derive(Clone, PartialEq, Eq)]
pub struct Registration {
    /// Who answers for an offence of that day.
    pub liable: Party,
    /// In which quality.
    pub quality: Quality,
    /// The holder, where another answers: the lessor, the seller.
    pub holder: Option<Identity>,
    /// A second holder on the certificate; letters go to the first.
    pub co_holder: Option<Identity>,
    /// Genre of the vehicle (VP, CTTE, MTL, CL).
    pub genre: &'static str,
    /// Make.
    pub make: &'static str,
    /// First registration.
    pub first_registration: Date,
    /// Since when the present holder has held it.
    pub held_since: Date,
}

macro_rules! hide_personal_data {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            /// Personal data never reach logs.
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(***)"))
            }
        }
    )*};
}
hide_personal_data!(Identity, Party, Registration);

/// How often each outcome comes, in ten thousand. Reasons are shares of all plates from 2026 on (a vehicle is stolen or
/// destroyed on a day, and has a holder before it); the rest are shares of holders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Plates the register does not know.
    pub unknown: u32,
    /// Stolen vehicles.
    pub stolen: u32,
    /// Destroyed vehicles.
    pub destroyed: u32,
    /// Files without a usable address.
    pub no_address: u32,
    /// Holders that are companies.
    pub company: u32,
    /// Vehicles let for a long term.
    pub leased: u32,
    /// Hirers that are companies.
    pub company_hires: u32,
    /// Holders of a French plate who live abroad.
    pub abroad: u32,
    /// Holders with a second one beside them.
    pub co_holder: u32,
    /// Sales that are declared before the buyer registers the vehicle.
    pub sale_declared: u32,
}

impl Shares {
    /// Of a hundred French plates 98.2 get an avis. Foreign ones that cannot be traced bring the rate of a nation to where
    /// the published ones lie: 94.4 % (2019), 96.93 % (2022).
    pub const DEFAULT: Shares = Shares {
        unknown: 60,
        stolen: 25,
        destroyed: 35,
        no_address: 60,
        company: 1_200,
        leased: 800,
        company_hires: 4_000,
        abroad: 80,
        co_holder: 800,
        sale_declared: 8_000,
    };
}

/// What the register says of a plate on the day of an offence.
///
/// Without interception only vehicles registered in France, Belgium or Switzerland can be traced. Military and diplomatic
/// plates are in other registers than the SIV.
///
/// # Errors
/// Why the MIF cannot be transformed into an avis.
pub fn look_up(plate: &Plate, on: Date) -> Result<Registration, NotTransformed> {
    look_up_with(plate, on, &Shares::DEFAULT)
}

/// As [`look_up`], with other shares.
///
/// # Errors
/// Why the MIF cannot be transformed into an avis.
pub fn look_up_with(
    plate: &Plate,
    on: Date,
    shares: &Shares,
) -> Result<Registration, NotTransformed> {
    if !plate.country().is_traceable() {
        return Err(NotTransformed::Foreign);
    }
    if matches!(
        plate.series(),
        PlateSeries::Military | PlateSeries::Diplomatic
    ) {
        return Err(NotTransformed::Unknown);
    }
    File::of(plate, on, shares).answer(on)
}

/// Where the holders of a plate live, but for those who live abroad.
fn home(plate: &Plate) -> Country {
    plate.country()
}

#[cfg(test)]
mod tests;
