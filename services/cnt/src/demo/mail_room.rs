//! What comes to the mail room in a demo: lots as it scans them, imported as `cnt courrier import` does.

use std::fmt::Write as _;
use std::time::Instant;

use anyhow::Context as _;
use cnt_loadtest::ReturnReason;
use serde_json::json;

use super::days::{LOOK, Simulation, USER, lot_of};
use crate::courrier::{id_of, read, send};

/// How long an envelope may take from its acknowledgement to its row.
const TAKEN_IN_MAX: std::time::Duration = std::time::Duration::from_secs(30);

/// The mail room's word for a motive of the post.
pub(super) const fn motive(reason: ReturnReason) -> &'static str {
    match reason {
        ReturnReason::Unknown => "inconnu",
        ReturnReason::Addressing => "adressage",
        ReturnReason::Refused => "refuse",
        ReturnReason::Unclaimed => "non_reclame",
    }
}

impl Simulation<'_> {
    /// Scans lines of an index as a lot and imports it. `{}` in a line is the day.
    fn scanned(&self, name: &str, lines: &[String]) -> anyhow::Result<u64> {
        if lines.is_empty() {
            return Ok(0);
        }
        let dir = self.system.run_dir().path().join("mail").join(name);
        std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        let day = self.today()?.to_string();
        let mut index = String::from(
            "enveloppe;nature;avis;recu_le;poste_le;scan;cas;texte;pieces;consignation;motif\n",
        );
        for line in lines {
            // Writing into a String cannot fail.
            _ = writeln!(index, "{}", line.replace("{}", &day));
        }
        std::fs::write(dir.join("courrier.csv"), index)?;
        std::fs::write(
            dir.join("scan.pdf"),
            "%PDF-1.4\n% a scan of the simulation\n",
        )?;
        send(&self.base, &dir, &read(&dir)?)
    }

    /// Letters come back from the post.
    pub(super) fn mail_comes_back(
        &self,
        returned: &[(String, &'static str)],
    ) -> anyhow::Result<u64> {
        let lines: Vec<String> = returned
            .iter()
            .map(|(avis, motive)| format!("NPAI-{avis};npai;{avis};{{}};;scan.pdf;;;;;{motive}"))
            .collect();
        self.scanned("returned", &lines)
    }

    /// People write letters of every kind; some contest on paper.
    pub(super) fn people_write(&self, avis: &[String]) -> anyhow::Result<u64> {
        let mut lines = Vec::new();
        for number in avis {
            let short = |nature: &str, avis: &str| {
                format!("{nature}-{number};{nature};{avis};{{}};{{}};scan.pdf;;;;;")
            };
            let written = |nature: &str, case: u8, pieces: &str| {
                format!(
                    "{nature}-{number};{nature};{number};{{}};{{}};scan.pdf;{case};Ce n'était pas moi.;{pieces};;"
                )
            };
            let whole = "avis formulaire recommande motif preuve conducteur destinataire";
            match lot_of(number, self.seed) {
                84 => lines.push(short("pv", number)),
                85 => lines.push(short("photo", number)),
                86 => lines.push(short("delais", number)),
                87 => lines.push(short("paiement", number)),
                88 => lines.push(short("donnees", "")),
                89 => lines.push(short("inconnu", "")),
                90 => lines.push(short("pv", "illisible")),
                91..=93 => lines.push(written("requete", 3, whole)),
                94 => lines.push(written("requete", 3, "")),
                95 => lines.push(written("designation", 2, whole)),
                _ => {}
            }
        }
        self.scanned("letters", &lines)
    }

    /// These had declared a new address in time and prove it: the majoration falls. Returns how many envelopes came.
    pub(super) fn declare_addresses(&self, avis: &[String]) -> anyhow::Result<u64> {
        let number = |avis: &str| format!("adresse-{avis}");
        let lines: Vec<String> = avis
            .iter()
            .map(|avis| format!("{};adresse;{avis};{{}};{{}};scan.pdf;;;;;", number(avis)))
            .collect();
        let mailed = self.scanned("addresses", &lines)?;
        let declared_on = self.today()?;
        let body = json!({"kind": "address_declared", "declared_on": declared_on});
        for avis in avis {
            let url = format!("{}/v1/courriers/{}/answer", self.base, id_of(&number(avis)));
            let deadline = Instant::now() + TAKEN_IN_MAX;
            loop {
                let (status, answer) = crate::http::post_any(&url, &[("CNT-User", USER)], &body)?;
                match status {
                    204 => break,
                    // Acknowledged, and not taken in yet.
                    404 if Instant::now() < deadline => std::thread::sleep(LOOK),
                    _ => anyhow::bail!("{}", crate::http::refusal(&url, status, &answer)),
                }
            }
        }
        Ok(mailed)
    }
}
