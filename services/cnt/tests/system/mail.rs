//! A driver who is designated, and a lot of the mail room, as a person gives them in.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{Running, psql, succeeds, wait_for};

impl Running {
    /// A driver who is designated gets an avis through edition, archive and dispatch, and the books know it.
    pub(super) fn a_driver_is_designated(&self) {
        let contestation = self.conninfo("contestation");
        let file = psql(
            &contestation,
            "SELECT c.id || ' ' || c.omp || ' ' || c.version || ' ' || c.avis FROM contestation c \
             JOIN life l ON l.avis = c.avis_number WHERE c.state = 'queued' AND l.state = 'contested' LIMIT 1",
        );
        let words: Vec<&str> = file.split_whitespace().collect();
        let [id, omp, version, avis] = words.as_slice() else {
            panic!("nothing is queued: {file}");
        };
        let decided = self.json(&[
            "contestation",
            "decide",
            id,
            "--omp",
            omp,
            "--version",
            version,
            "redesignate",
            "--last-name",
            "MÜLLER",
            "--first-names",
            "Anna",
            "--line",
            "3 Bahnhofstraße",
            "--line",
            "10115 Berlin",
            "--line",
            "DE",
            "--licence",
            "12AB34567",
        ]);
        assert_eq!(decided["letter"], "ACD", "{decided}");
        let books = wait_for("the avis to the driver", || {
            let output = self.cnt(&["reconcile", "--json"]);
            let books: Value = serde_json::from_slice(&output.stdout).unwrap();
            (books["in_progress"] == 0).then_some(books)
        });
        assert_eq!(
            (&books["balanced"], &books["designations"]["abroad"]),
            (&true.into(), &1.into()),
            "{books}"
        );
        let life = self.json(&["avis", "show", avis, "--json"]);
        let new = life["redesignated_to"].as_str().unwrap();
        let life = self.json(&["avis", "show", new, "--json"]);
        assert_eq!(
            (&life["state"], &life["abroad"]),
            (&"sent".into(), &true.into())
        );
    }

    /// A figure of the books, once nothing is in progress.
    pub(super) fn settled(&self, figure: &str) -> u64 {
        wait_for("the books to settle", || {
            let output = self.cnt(&["reconcile", "--json"]);
            let books: Value = serde_json::from_slice(&output.stdout).unwrap();
            let settled = books["in_progress"] == 0;
            settled.then(|| books[figure].as_u64().unwrap())
        })
    }

    /// Every contestation that came through the portal has its accusé d'enregistrement, which dispatch never posts and whose
    /// bytes contestation gives.
    pub(super) fn receipts_are_edited(&self) {
        let contestation = self.conninfo("contestation");
        let asked = psql(&contestation, "SELECT count(*) FROM receipt");
        assert_ne!(asked.trim(), "0");
        wait_for("the receipts", || {
            let edited = psql(
                &contestation,
                "SELECT count(*) FROM receipt r JOIN document d ON (d.avis, d.kind, d.issue) = (r.avis, 'ACE', r.issue)",
            );
            (edited.trim() == asked.trim()).then_some(())
        });
        let posted = "SELECT count(*) FROM fold WHERE kind = 'ACE' AND state <> 'kept'";
        assert_eq!(psql(&self.conninfo("dispatch"), posted).trim(), "0");
    }

    /// With the key that is printed on the avis its addressee has the receipt of the public listener, and the procès-verbal that
    /// they ask for there.
    pub(super) fn addressees_fetch_what_is_theirs(&self, pdf: &Path) {
        let avis = psql(
            &self.conninfo("contestation"),
            "SELECT min(avis) FROM receipt",
        );
        let avis = avis.trim();
        let file = pdf.to_str().unwrap();
        succeeds(&self.cnt(&["document", "get", avis, "-o", file]));
        let text = Command::new("pdftotext")
            .args(["-layout", file, "-"])
            .output();
        let text = String::from_utf8(text.unwrap().stdout).unwrap();
        let (_, after) = text.split_once("Clé du dossier").unwrap();
        let key = after.split_whitespace().next().unwrap();
        let portal = succeeds(&self.cnt(&["url", "portal"]));
        let url = format!("{}/v1/portal/avis/{avis}", portal.trim());
        let letter = |name: &str| {
            let request = ureq::get(format!("{url}/letters/{name}"));
            request.header("CNT-Key", key).call()
        };
        let mut answer = letter("ACE-1").unwrap();
        let receipt = answer.body_mut().read_to_vec().unwrap();
        std::fs::write(pdf, receipt).unwrap();
        let text = Command::new("pdftotext")
            .args(["-layout", file, "-"])
            .output();
        let text = String::from_utf8(text.unwrap().stdout).unwrap();
        assert!(text.contains("Accusé d’enregistrement"), "{text}");
        let id = "00000000-0000-4000-8000-0000000000f1";
        let asked = ureq::post(format!("{url}/pv-request")).header("CNT-Key", key);
        let asked = asked.content_type("application/json");
        let asked = asked.send(format!("{{\"id\":\"{id}\"}}")).unwrap();
        assert_eq!(asked.status(), 202);
        let outcome = format!("SELECT outcome_detail FROM courrier WHERE id = '{id}'");
        let copy = wait_for("the procès-verbal to be asked for", || {
            let told = psql(&self.conninfo("contestation"), &outcome);
            told.trim().strip_prefix("letter PVE/").map(str::to_owned)
        });
        let copy = wait_for("the procès-verbal", || letter(&format!("PVE-{copy}")).ok());
        let pdf = copy.into_body().read_to_vec().unwrap();
        assert!(pdf.starts_with(b"%PDF-1.7"));
    }

    /// A lot of the mail room, imported twice, is counted once and in the books.
    pub(super) fn a_lot_of_the_mail_room_is_taken_in(&self, lot: &Path) {
        std::fs::create_dir(lot).unwrap();
        let today = psql(
            &self.conninfo("contestation"),
            "SELECT max(avis_date) FROM avis",
        );
        let day = today.trim();
        let index = format!(
            "enveloppe;nature;avis;recu_le;poste_le;scan;cas;texte;pieces;consignation;motif\n\
             P1;requete;9900000004;{day};{day};1.pdf;3;Ce n'était pas moi.;avis motif recommande destinataire;;\n\
             P2;npai;9900000005;{day};;2.pdf;;;;;inconnu\n\
             P3;donnees;;{day};;2.pdf;;;;;\n"
        );
        std::fs::write(lot.join("courrier.csv"), index).unwrap();
        std::fs::write(lot.join("1.pdf"), "%PDF-1.4 requete").unwrap();
        std::fs::write(lot.join("2.pdf"), "%PDF-1.4 autre").unwrap();
        let import = ["courrier", "import", lot.to_str().unwrap(), "--json"];
        for _ in 0..2 {
            let told: Value = serde_json::from_str(&succeeds(&self.cnt(&import))).unwrap();
            assert_eq!(told["envelopes"], 3);
        }
        let books = wait_for("the envelopes to be in the books", || {
            let output = self.cnt(&["reconcile", "--json"]);
            let books: Value = serde_json::from_slice(&output.stdout).unwrap();
            let is_in = books["courriers_by_kind"]["npai"] == 1 && books["in_progress"] == 0;
            is_in.then_some(books)
        });
        assert_eq!(books["balanced"], true, "{books}");
        assert_eq!(books["courriers_open"]["dpo"], 1);
        let listed = succeeds(&self.cnt(&["courrier", "list", "--owner", "dpo", "--json"]));
        let entry: Value = serde_json::from_str(listed.trim()).unwrap();
        let id = entry["id"].as_str().unwrap();
        let scan = lot.join("scan");
        succeeds(&self.cnt(&["courrier", "scan", id, "-o", scan.to_str().unwrap()]));
        assert_eq!(std::fs::read(&scan).unwrap(), b"%PDF-1.4 autre");
        let answer = ["courrier", "answer", id, "--answered", "lettre du jour"];
        succeeds(&self.cnt(&answer));
        assert_eq!(self.cnt(&answer).status.code(), Some(1), "once");
        let acts = lot.join("acts.csv");
        let act = format!("reference;avis;date;acte;amende\nA1;9900000005;{day};interruption;\n");
        std::fs::write(&acts, act).unwrap();
        let imported = self.json(&["act", "import", acts.to_str().unwrap(), "--json"]);
        assert_eq!(imported["applied"], 1, "{imported}");
        assert_eq!(succeeds(&self.cnt(&["comptable", "notices", "--json"])), "");
        let told = succeeds(&self.cnt(&["avis", "show", "9900000005"]));
        assert!(
            told.contains("returned") && told.contains("CR R322-7"),
            "{told}"
        );
    }
}
