//! The file of a vehicle: registration, chain of holders, fate.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::draw::Draw;
use super::magic::{self, Extras, Fate, SaleWish, Wish};
use super::vocabulary as words;
use super::{Identity, Party, Quality, Registration, Shares, home, parties};
use crate::country::Country;
use crate::plate::{Plate, PlateSeries};
use crate::verdict::NotTransformed;

/// Every vehicle was registered, and every theft and destruction happened, by then.
const REFERENCE: Date = date(2026, 1, 1);
/// First day of the SIV.
const SIV_START: Date = date(2009, 4, 15);
/// Days in which the SIV issues the plates of one pair of letters on the left.
const DAYS_OF_A_PAIR: i32 = 35;
/// Days for which a provisional number is held (CR R322-3: four months).
const PROVISIONAL_DAYS: i32 = 120;
/// A vehicle changes hands every three to twelve years.
const TENURE_DAYS: std::ops::Range<u32> = 1_100..4_400;
/// Days within which a buyer registers the vehicle in his name (CR R322-5: one month).
const REGISTRATION_DAYS: u32 = 30;

/// Who holds the vehicle on the day asked for.
#[derive(Clone, Copy)]
struct Tenure {
    /// Rank of the holder in the chain.
    rank: u32,
    since: Date,
    quality: Quality,
}

/// The file.
pub(super) struct File<'p> {
    plate: &'p Plate,
    draw: Draw,
    shares: Shares,
    wish: Option<Wish>,
    first_registration: Date,
}

impl<'p> File<'p> {
    /// The file of a plate, as of a day.
    pub(super) fn of(plate: &'p Plate, on: Date, shares: &Shares) -> Self {
        let draw = Draw::of(&["cnt-siv-2", plate.country().code(), plate.as_str()]);
        let wish = magic::wish(plate);
        let first_registration = match wish {
            Some(_) => date(2020, 6, 2),
            None => first_registration(plate, on, draw.fork(1)),
        };
        Self {
            plate,
            draw,
            shares: *shares,
            wish,
            first_registration,
        }
    }

    /// What it says on a day.
    pub(super) fn answer(&self, on: Date) -> Result<Registration, NotTransformed> {
        match self.fate() {
            Fate::Always(reason) => return Err(reason),
            Fate::Since(reason, day) if day <= on => return Err(reason),
            Fate::Since(..) | Fate::None => {}
        }
        if on < self.first_registration {
            return Err(NotTransformed::Unknown);
        }
        let tenure = self.tenure(on);
        let (genre, make) = self.vehicle();
        let (mut holder, hirer) = self.parties(tenure.rank);
        let mut quality = tenure.quality;
        let mut other = None;
        if let Some(hirer) = hirer {
            other = Some(std::mem::replace(&mut holder, hirer).identity);
            quality = Quality::Hirer;
        } else if quality == Quality::Buyer {
            other = Some(self.parties(tenure.rank.saturating_sub(1)).0.identity);
        }
        let co_holder = self.co_holder(&holder, quality, tenure.rank);
        Ok(Registration {
            liable: holder,
            quality,
            holder: other,
            co_holder,
            genre,
            make,
            first_registration: self.first_registration,
            held_since: tenure.since,
        })
    }

    fn fate(&self) -> Fate {
        if let Some(wish) = self.wish {
            return wish.fate;
        }
        let (mut draw, shares) = (self.draw.fork(2), &self.shares);
        let number = draw.below(10_000);
        let span = days(self.first_registration, REFERENCE);
        let day = later(self.first_registration, signed(draw.below(span)));
        let mut bound = 0;
        let mut is = |share: u32| {
            bound += share;
            number < bound
        };
        if is(shares.unknown) {
            Fate::Always(NotTransformed::Unknown)
        } else if is(shares.no_address) {
            Fate::Always(NotTransformed::NoAddress)
        } else if is(shares.stolen) {
            Fate::Since(NotTransformed::Stolen, day)
        } else if is(shares.destroyed) {
            Fate::Since(NotTransformed::Destroyed, day)
        } else {
            Fate::None
        }
    }

    fn tenure(&self, on: Date) -> Tenure {
        let first = Tenure {
            rank: 0,
            since: self.first_registration,
            quality: Quality::Holder,
        };
        match self.wish.map(|wish| wish.sale) {
            Some(SaleWish::None) => return first,
            Some(SaleWish::TenDaysBefore { declared: false }) => return first,
            Some(SaleWish::TenDaysBefore { declared: true }) => {
                return Tenure {
                    rank: 1,
                    since: later(on, -10),
                    quality: Quality::Buyer,
                };
            }
            Some(SaleWish::On(day)) if on < day => return first,
            Some(SaleWish::On(day)) => {
                return Tenure {
                    rank: 1,
                    since: day,
                    quality: buyer_until(later(day, 20), on),
                };
            }
            None => {}
        }
        // Neither a number that is held for months nor one that belongs to a garage or an administration is sold.
        if !matches!(
            self.plate.series(),
            PlateSeries::Siv | PlateSeries::Fni | PlateSeries::Moped | PlateSeries::Foreign
        ) {
            return first;
        }
        let mut draw = self.draw.fork(3);
        let length = TENURE_DAYS.start + draw.below(TENURE_DAYS.end - TENURE_DAYS.start);
        let rank = days(self.first_registration, on) / length;
        if rank == 0 {
            return first;
        }
        let since = later(self.first_registration, signed(rank * length));
        let mut sale = self.draw.fork(0x1_0000 + u64::from(rank));
        let declared = sale.chance(self.shares.sale_declared);
        let registered = later(since, signed(1 + sale.below(REGISTRATION_DAYS)));
        if on < registered && !declared {
            // The register still names the seller.
            let since = later(self.first_registration, signed((rank - 1) * length));
            return Tenure {
                rank: rank - 1,
                since,
                quality: Quality::Holder,
            };
        }
        Tenure {
            rank,
            since,
            quality: buyer_until(registered, on),
        }
    }

    /// The holder of a rank, and the hirer if the vehicle is let.
    fn parties(&self, rank: u32) -> (Party, Option<Party>) {
        let (mut draw, shares, wish) = (
            self.draw.fork(0x2_0000 + u64::from(rank)),
            &self.shares,
            self.wish,
        );
        let home = home(self.plate);
        let chosen = |drawn: bool, asked: fn(Wish) -> bool| wish.map_or(drawn, asked);
        let is_leased = chosen(draw.chance(shares.leased), |wish| wish.leased);
        let is_company = chosen(draw.chance(shares.company), |wish| wish.company);
        let company_hires = chosen(draw.chance(shares.company_hires), |wish| wish.company_hires);
        let is_abroad = chosen(draw.chance(shares.abroad), |wish| wish.abroad.is_some())
            && home == Country::FRANCE;
        let country = if is_abroad {
            wish.and_then(|wish| wish.abroad)
        } else {
            Some(home)
        };
        match self.plate.series() {
            PlateSeries::Garage => (
                parties::party(parties::garage(&mut draw), Some(home), &mut draw),
                None,
            ),
            PlateSeries::Administrative => (
                parties::party(parties::administration(&mut draw), Some(home), &mut draw),
                None,
            ),
            // A lessor of the neighbouring countries is addressed like any company.
            _ if is_leased && home == Country::FRANCE => {
                let lessor = parties::party(parties::lessor(&mut draw), Some(home), &mut draw);
                let hirer = if company_hires {
                    parties::company(&mut draw)
                } else {
                    parties::person(&mut draw)
                };
                (lessor, Some(parties::party(hirer, country, &mut draw)))
            }
            _ if is_company => (
                parties::party(parties::company(&mut draw), country, &mut draw),
                None,
            ),
            _ => (self.private(country, &mut draw), None),
        }
    }

    fn private(&self, country: Option<Country>, draw: &mut Draw) -> Party {
        let mut party = parties::party(parties::person(draw), country, draw);
        match self.wish.map(|wish| wish.extras) {
            Some(Extras::EmailAndCoHolder) => party.email = parties::email(&party.identity, 1),
            Some(Extras::FullestAddress) => {
                (party.identity, party.address) = parties::fullest();
                party.email = None;
            }
            Some(Extras::UnwritableAddress) => {
                party.address.town = "COMMUNE SANS CODE POSTAL".to_owned()
            }
            Some(Extras::None) | None => {}
        }
        party
    }

    fn co_holder(&self, holder: &Party, quality: Quality, rank: u32) -> Option<Identity> {
        let mut draw = self.draw.fork(0x3_0000 + u64::from(rank));
        let drawn = draw.chance(self.shares.co_holder);
        let has_one = self
            .wish
            .map_or(drawn, |wish| wish.extras == Extras::EmailAndCoHolder);
        (has_one && quality == Quality::Holder && !holder.identity.is_company())
            .then(|| parties::person(&mut draw))
    }

    /// Genre and make.
    fn vehicle(&self) -> (&'static str, &'static str) {
        let mut draw = self.draw.fork(4);
        let genre = match (self.plate.series(), draw.below(100)) {
            (PlateSeries::Moped, _) => "CL",
            (_, 0..82) => "VP",
            (_, 82..93) => "CTTE",
            (_, 93..98) => "MTL",
            _ => "CL",
        };
        let make = match genre {
            "VP" | "CTTE" => draw.pick(&words::CAR_MAKES),
            _ => draw.pick(&words::CYCLE_MAKES),
        };
        (genre, make)
    }
}

fn buyer_until(registered: Date, on: Date) -> Quality {
    if on < registered {
        Quality::Buyer
    } else {
        Quality::Holder
    }
}

/// A day in the era of the plate.
fn first_registration(plate: &Plate, on: Date, mut draw: Draw) -> Date {
    let within = |from: Date, until: Date, draw: &mut Draw| {
        later(from, signed(draw.below(days(from, until))))
    };
    match plate.series() {
        PlateSeries::Siv => siv_day(plate.as_str())
            .filter(|day| *day < REFERENCE)
            .unwrap_or_else(|| within(SIV_START, REFERENCE, &mut draw)),
        // Held again and again: the file of the time asked for.
        PlateSeries::Provisional => {
            let phase = signed(draw.below(u32::try_from(PROVISIONAL_DAYS).unwrap_or(1)));
            let since = signed(days(SIV_START, on)) - phase;
            later(
                SIV_START,
                phase + since.div_euclid(PROVISIONAL_DAYS) * PROVISIONAL_DAYS,
            )
        }
        PlateSeries::Garage => within(SIV_START, REFERENCE, &mut draw),
        PlateSeries::Foreign => within(date(2005, 1, 1), REFERENCE, &mut draw),
        // Vehicles of late years are those still met.
        series => match series.issued() {
            (Some(from), Some(until)) => later(until, -signed(draw.low_below(days(from, until)))),
            _ => SIV_START,
        },
    }
}

/// The day on which the SIV issued a number: the pair on the left moves slowest.
fn siv_day(text: &str) -> Option<Date> {
    let letters = b"ABCDEFGHJKLMNPQRSTVWXYZ";
    let rank = |byte: &u8| letters.iter().position(|letter| letter == byte);
    let ([left, right, ..], [.., first, second]) = (text.as_bytes(), text.as_bytes()) else {
        return None;
    };
    let pair = |a: &u8, b: &u8| i32::try_from(rank(a)? * letters.len() + rank(b)?).ok();
    let (slow, fast) = (pair(left, right)?, pair(first, second)?);
    Some(later(
        SIV_START,
        slow * DAYS_OF_A_PAIR + fast * DAYS_OF_A_PAIR / 529,
    ))
}

fn days(from: Date, until: Date) -> u32 {
    u32::try_from((until - from).get_days()).unwrap_or(0)
}

fn later(day: Date, days: i32) -> Date {
    day.saturating_add(days.days())
}

fn signed(days: u32) -> i32 {
    i32::try_from(days).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_siv_follow_each_other() {
        assert_eq!(siv_day("AA001AA"), Some(SIV_START));
        let mut last = SIV_START;
        for text in [
            "AA001AA", "AA999ZZ", "AB001AA", "BA001AA", "FA001AA", "HA001AA", "HK001AA",
        ] {
            let day = siv_day(text).unwrap();
            assert!(day >= last, "{text}");
            last = day;
        }
        assert!(siv_day("HA001AA").unwrap() < date(2025, 6, 1));
        assert!(siv_day("ZZ999ZZ").unwrap() > REFERENCE);
    }
}
