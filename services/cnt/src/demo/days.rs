//! `cnt demo --days`: what addressees, the post, officers, the tribunal and the Treasury do in the months after the avis,
//! while the legal clock jumps from one date to the next.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use cnt_domain::civil::paris_date;
use cnt_loadtest::{ClientConfig, PortalClient};
use jiff::civil::Date;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::progress::Progress;
use crate::system::System;

/// Payments in one request.
const CHUNK: usize = 300;
/// Days after the avis on which something is done; the last day asked for comes besides.
const MARKS: [u32; 11] = [10, 15, 20, 40, 50, 63, 75, 80, 85, 95, 110];
/// How long the days of all lives may take to be lived.
const LIVED_MAX: Duration = Duration::from_secs(300);
/// Between two looks at what waits.
pub(super) const LOOK: Duration = Duration::from_millis(200);

/// The name under which the demo acts.
pub(super) const USER: &str = "demo";

/// What was done in those days, by word.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    /// Payments applied.
    pub(crate) payments: u64,
    /// Decisions taken.
    pub(crate) decisions: u64,
    /// Avis in titres signed.
    pub(crate) majorees: u64,
    /// Réclamations sent.
    pub(crate) reclamations: u64,
    /// Envelopes of the mail room.
    pub(crate) mailed: u64,
    /// Réclamations received by an officer.
    pub(crate) admissions: u64,
    /// Declared addresses that undid a majoration.
    pub(crate) addresses: u64,
    /// Acts of the tribunal that were applied.
    pub(crate) acts: u64,
    /// Notices that the comptable took.
    pub(crate) notices: u64,
}

/// Who plays.
pub(crate) struct Cast {
    /// Every avis.
    pub(crate) avis: Vec<String>,
    /// Those whose letter comes back, with the mail room's word for the post's motive.
    pub(crate) returned: Vec<(String, &'static str)>,
}

/// Who does what is decided by the number of the avis: a hundred lots, always the same.
pub(super) fn lot_of(avis: &str, seed: u64) -> u64 {
    let number: u64 = avis.parse().unwrap_or_default();
    // SplitMix64: neighbours do different things.
    let mut mixed = number
        .wrapping_add(seed)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (mixed ^ (mixed >> 31)) % 100
}

#[derive(Deserialize)]
struct Owed {
    cents: i64,
}

#[derive(Deserialize)]
struct Life {
    state: String,
    owed_remote: Option<Owed>,
}

#[derive(Deserialize)]
pub(super) struct Imported {
    pub(super) applied: u64,
}

/// Lives through `days` days after the avis, in the running system.
pub(crate) fn live(
    system: &System,
    cast: &Cast,
    (seed, days): (u64, u32),
    progress: &mut Progress,
) -> anyhow::Result<Done> {
    let mut simulation = Simulation {
        system,
        base: system.record().url("contestation")?,
        seed,
        prosecuted: Vec::new(),
    };
    let mut done = Done::default();
    let mut today = 0;
    let marks = MARKS.into_iter().filter(|mark| *mark < days);
    for mark in marks.chain([days]) {
        progress.step("days", &format!("Day {mark} after the avis"));
        simulation.advance(mark.saturating_sub(today))?;
        today = mark;
        simulation.act(cast, mark, &mut done)?;
        if mark > 60 {
            done.majorees += simulation.sign()?;
        }
    }
    done.notices = simulation.take_notices()?;
    Ok(done)
}

pub(super) struct Simulation<'a> {
    pub(super) system: &'a System,
    pub(super) base: String,
    pub(super) seed: u64,
    /// Avis that are before the tribunal.
    pub(super) prosecuted: Vec<String>,
}

impl Simulation<'_> {
    /// What is done on a day.
    fn act(&mut self, cast: &Cast, mark: u32, done: &mut Done) -> anyhow::Result<()> {
        let avis = &cast.avis;
        if [20, 80, 95].contains(&mark) {
            // Officers begin once all letters are opened and stand in their queues.
            super::settle(self.system)?;
        }
        match mark {
            10 => {
                done.payments += self.pay(avis, 0..55, mark)?;
                done.mailed += self.mail_comes_back(&cast.returned)?;
            }
            15 => done.mailed += self.people_write(avis)?,
            20 => done.decisions += self.decide()?,
            40 => done.payments += self.pay(avis, 55..65, mark)?,
            50 => done.payments += self.pay(avis, 65..68, mark)?,
            75 => done.reclamations += self.reclaim(avis, 68..72)?,
            80 => done.admissions += self.admit()?,
            85 => {
                let moved = self.in_state(avis, 72..75, "majoree")?;
                done.mailed += self.declare_addresses(&moved)?;
                done.addresses += u64::try_from(moved.len())?;
            }
            95 => done.decisions += self.decide()?,
            110 => done.acts += self.judge()?,
            _ => {}
        }
        Ok(())
    }

    pub(super) fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        omp: Option<&str>,
    ) -> anyhow::Result<T> {
        let mut headers = vec![("CNT-User", USER)];
        headers.extend(omp.map(|omp| ("CNT-Omp", omp)));
        let url = format!("{}{path}", self.base);
        let (status, body) = crate::http::get(&url, &headers)?;
        anyhow::ensure!(
            status == 200,
            "{}",
            crate::http::refusal(&url, status, &body)
        );
        serde_json::from_slice(&body).with_context(|| format!("{url} gave an unexpected answer"))
    }

    pub(super) fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> anyhow::Result<T> {
        crate::http::post_json_as(&format!("{}{path}", self.base), &[("CNT-User", USER)], body)
    }

    /// Lets days pass, until every delay that ended in them was applied.
    fn advance(&self, days: u32) -> anyhow::Result<()> {
        let url = self.system.record().url("registry")?;
        let seconds = u64::from(days) * 86_400;
        let _: Value = crate::http::post_json(
            &format!("{url}/v1/clock/advance"),
            &json!({ "seconds": seconds }),
        )?;
        let (today, deadline) = (self.today()?, Instant::now() + LIVED_MAX);
        loop {
            let lived_until = crate::titre::lived_until(&self.base)?;
            if lived_until >= today {
                return Ok(());
            }
            anyhow::ensure!(
                Instant::now() < deadline,
                "the days up to {today} are lived until {lived_until} only, after {} s",
                LIVED_MAX.as_secs()
            );
            std::thread::sleep(LOOK);
        }
    }

    /// The legal day in Paris.
    pub(super) fn today(&self) -> anyhow::Result<Date> {
        let url = self.system.record().url("registry")?;
        let clock: cnt_contracts::commands::ClockState =
            crate::http::get_json(&format!("{url}/v1/clock"))?;
        let now = cnt_service_kit::clock::Clock::system().0.real_now();
        let offset = jiff::SignedDuration::from_secs(clock.offset_seconds);
        Ok(paris_date(now.checked_add(offset)?))
    }

    /// Those of these lots that stand somewhere.
    fn in_state(
        &self,
        avis: &[String],
        lots: std::ops::Range<u64>,
        state: &str,
    ) -> anyhow::Result<Vec<String>> {
        let mut found = Vec::new();
        for number in avis {
            if lots.contains(&lot_of(number, self.seed)) {
                let life: Life = self.get(&format!("/v1/avis/{number}"), None)?;
                if life.state == state {
                    found.push(number.clone());
                }
            }
        }
        Ok(found)
    }

    /// Those of these lots pay by télépaiement what they owe today. Nobody pays who contests.
    fn pay(&self, avis: &[String], lots: std::ops::Range<u64>, mark: u32) -> anyhow::Result<u64> {
        let day = self.today()?;
        let mut payments = Vec::new();
        for number in avis {
            if !lots.contains(&lot_of(number, self.seed)) {
                continue;
            }
            let life: Life = self.get(&format!("/v1/avis/{number}"), None)?;
            if let (true, Some(owed)) = (life.state == "sent", life.owed_remote) {
                payments.push(json!({
                    "reference": format!("DEMO-{mark}-{number}"), "avis": number, "day": day,
                    "amount_cents": owed.cents, "means": "remote",
                }));
            }
        }
        let mut applied = 0;
        for chunk in payments.chunks(CHUNK) {
            let imported: Imported = self.post("/v1/payments", &json!({ "payments": chunk }))?;
            applied += imported.applied;
        }
        Ok(applied)
    }

    /// Signs whatever waits.
    fn sign(&self) -> anyhow::Result<u64> {
        crate::titre::sign_all(self.system.run_dir(), &self.base)
    }

    /// Those of these lots claim against the increased fine.
    fn reclaim(&self, avis: &[String], lots: std::ops::Range<u64>) -> anyhow::Result<u64> {
        let client = PortalClient::new(ClientConfig::new(&self.base));
        let majores = self.in_state(avis, lots, "majoree")?;
        for number in &majores {
            let request = cnt_contracts::courrier::ContestationRequest {
                id: Uuid::from_u128(u128::from(number.parse::<u64>()?) << 8 | 1),
                avis: number.clone(),
                ground: cnt_contracts::courrier::GroundWord::Autre,
                motivation: "Je n'ai jamais reçu l'avis de contravention.".to_owned(),
            };
            client.contest(&request)?;
        }
        Ok(u64::try_from(majores.len())?)
    }
}

#[cfg(test)]
mod tests {
    use super::lot_of;

    #[test]
    fn neighbours_do_different_things_and_always_the_same() {
        let lots: Vec<u64> = (0..1_000)
            .map(|n| lot_of(&(9_900_000_000_u64 + n).to_string(), 7))
            .collect();
        let paying = lots.iter().filter(|lot| **lot < 55).count();
        assert!((450..650).contains(&paying), "{paying}");
        assert_eq!(lots.first(), Some(&lot_of("9900000000", 7)));
    }
}
