//! The life of cards and stations at the command line, judged by validation and by OpenSSL.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cnt_contracts::verdict::{VerdictMeta, VerdictWord};
use cnt_loadtest::GeneratedMif;
use cnt_testkit::wait_for;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Chain, Running, cnt, openssl, succeeds};

/// A MIF with what decides its fate here.
pub(crate) struct Signed {
    pub(crate) mif: GeneratedMif,
    pub(crate) card: String,
    signed_at: i64,
    pub(crate) payload: Value,
}

impl Signed {
    fn read(mif: GeneratedMif) -> Self {
        let part = |index: usize| -> Value {
            let text = mif.compact.split('.').nth(index).unwrap();
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
        };
        let (header, payload) = (part(0), part(1));
        Self {
            card: payload["agent"]["carte"]["numero_serie"]
                .as_str()
                .unwrap()
                .to_owned(),
            signed_at: header["iat"].as_i64().unwrap(),
            payload,
            mif,
        }
    }
}

/// A registry, a gateway and a validation, and the command line over them.
pub(crate) struct World {
    pub(crate) chain: Chain,
    pub(crate) run_dir: PathBuf,
    running: Vec<Running>,
    probes: std::cell::Cell<u64>,
}

impl World {
    fn start() -> Self {
        Self::of(Chain::new())
    }

    pub(crate) fn of(chain: Chain) -> Self {
        let running: Vec<_> = ["registry", "validation", "gateway"]
            .into_iter()
            .map(|service| chain.start(service).ready())
            .collect();
        let run_dir = chain.remember(&running.iter().collect::<Vec<_>>());
        Self {
            chain,
            run_dir,
            running,
            probes: std::cell::Cell::new(400),
        }
    }

    pub(crate) fn cnt(&self, arguments: &[&str]) -> Output {
        cnt()
            .arg("--run-dir")
            .arg(&self.run_dir)
            .args(arguments)
            .output()
            .unwrap()
    }

    /// The version that a command made.
    pub(crate) fn changes(&self, arguments: &[&str]) -> u64 {
        let output = self.cnt(&[arguments, &["--json"]].concat());
        let answer: Value = serde_json::from_str(&succeeds(&output)).unwrap();
        answer["version"].as_u64().unwrap()
    }

    /// Waits until messages are judged by this version: one after the other is sent.
    pub(crate) fn is_followed(&self, version: u64) {
        wait_for("validation to follow the registry", || {
            let probe = self.probes.replace(self.probes.get() + 1);
            self.chain.send(probe..probe + 1);
            let metas = self.chain.metas();
            let is_followed = metas.iter().any(|meta| meta.registry_version >= version);
            Ok(is_followed.then_some(()))
        })
        .unwrap();
    }

    pub(crate) fn verdict(&self, id_mif: Uuid) -> VerdictMeta {
        wait_for("a verdict", || {
            let metas = self.chain.metas();
            Ok(metas.into_iter().find(|meta| meta.id_mif == Some(id_mif)))
        })
        .unwrap()
    }

    /// Waits until so many messages are judged.
    pub(crate) fn judged(&self, count: usize) {
        wait_for("verdicts", || {
            Ok((self.chain.verdicts() == count).then_some(()))
        })
        .unwrap();
    }

    /// A revocation list as the registry publishes it, in a PEM file that OpenSSL wrote, and its text.
    fn list(&self, authority: &str) -> (PathBuf, String) {
        let url = format!("{}/v1/crl/{authority}.crl", self.chain.url("registry"));
        let der = ureq::get(&url)
            .call()
            .unwrap()
            .body_mut()
            .read_to_vec()
            .unwrap();
        let (from, to) = (
            self.run_dir.join(format!("{authority}.crl")),
            self.run_dir.join(format!("{authority}.crl.pem")),
        );
        std::fs::write(&from, der).unwrap();
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let told = openssl(&[
            "crl",
            "-inform",
            "DER",
            "-in",
            &text(&from),
            "-out",
            &text(&to),
            "-text",
        ]);
        succeeds(&told);
        let told = openssl(&["crl", "-in", &text(&to), "-noout", "-text"]);
        (to, succeeds(&told))
    }

    /// What OpenSSL says of a certificate, with every authority's list checked.
    pub(crate) fn openssl_verifies(
        &self,
        certificate: &Path,
        authorities: &[&str],
    ) -> Result<(), String> {
        let pki = self.run_dir.join("nation/pki");
        let mut arguments = vec!["verify".to_owned(), "-crl_check_all".to_owned()];
        for (index, authority) in authorities.iter().enumerate() {
            let kind = if index == 0 { "-CAfile" } else { "-untrusted" };
            let file = pki.join(format!("{authority}.crt.pem"));
            let (list, _) = self.list(authority);
            for argument in [
                kind,
                file.to_str().unwrap(),
                "-CRLfile",
                list.to_str().unwrap(),
            ] {
                arguments.push(argument.to_owned());
            }
        }
        arguments.push(certificate.to_str().unwrap().to_owned());
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let output = openssl(&arguments);
        if output.status.success() {
            return Ok(());
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

pub(crate) const CARDS: [&str; 2] = ["agents-root", "agents-signature"];
const LOGINS: [&str; 2] = ["agents-root", "agents-authentication"];

/// Two messages of one card in good standing, the earlier first.
pub(crate) fn two_of_one_card(chain: &Chain) -> [Signed; 2] {
    let snapshot = std::fs::read(chain.stack.directory().join("nation/snapshot.json")).unwrap();
    let snapshot: Value = serde_json::from_slice(&snapshot).unwrap();
    let is_good = |serial: &str| {
        let mut cards = snapshot["cards"].as_array().unwrap().iter();
        let card = cards.find(|card| card["serial"] == serial).unwrap();
        card.get("revocation").is_none()
    };
    let mut signed: Vec<_> = chain.mifs(0..400).into_iter().map(Signed::read).collect();
    signed.sort_by_key(|one| (one.card.clone(), one.signed_at));
    let at = signed
        .windows(2)
        .position(|pair| {
            pair[0].card == pair[1].card
                && pair[0].signed_at < pair[1].signed_at
                && is_good(&pair[0].card)
        })
        .unwrap();
    let mut pair = signed.drain(at..at + 2);
    [pair.next().unwrap(), pair.next().unwrap()]
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Now in Paris, as a MIF writes it.
pub(crate) fn now() -> String {
    let now = cnt_service_kit::clock::Clock::system().0.legal_now();
    let now = now.to_zoned(cnt_service_kit::clock::paris());
    now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The same offence again, now, by another card of the agent.
pub(crate) fn renewed(payload: &Value, serial: &str, id_mif: Uuid) -> String {
    let mut payload = payload.clone();
    let now = now();
    payload["agent"]["carte"]["numero_serie"] = json!(serial);
    payload["entete"]["id_mif"] = json!(id_mif);
    payload["entete"]["numero_pv"] = json!("T00000001");
    payload["entete"]["horodatage_emission"] = json!(now);
    payload["infraction"]["date_heure"] = json!(now);
    payload.to_string()
}

#[test]
fn a_revoked_card_is_refused_from_its_date_and_its_successor_lives_and_dies() {
    let world = World::start();
    let [early, late] = two_of_one_card(&world.chain);

    // Revoked from the later signature on, for a reason that does not touch what was signed before.
    let effective = jiff::Timestamp::from_second(late.signed_at).unwrap();
    let version = world.changes(&[
        "card",
        "revoke",
        &early.card,
        "--reason",
        "departure",
        "--effective",
        &effective.to_string(),
        "--by",
        "the tests",
    ]);
    world.is_followed(version);
    for one in [&early, &late] {
        world
            .chain
            .submit(one.mif.station, std::slice::from_ref(&one.mif.compact));
    }
    let [before, after] = [&early, &late].map(|one| world.verdict(one.mif.id_mif));
    assert_eq!(before.verdict, VerdictWord::Accepted, "{before:?}");
    assert_eq!(after.verdict, VerdictWord::Rejected, "{after:?}");
    let codes = serde_json::to_string(&after.problems).unwrap();
    assert!(codes.contains("CARD_REVOKED"), "{codes}");

    // A second time the answer is no, and what happened is told.
    let again = world.cnt(&["card", "revoke", &early.card, "--reason", "theft"]);
    assert_eq!(again.status.code(), Some(1));
    let shown = succeeds(&world.cnt(&["card", "show", &early.card, "--json"]));
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["status"], "revoked");
    assert_eq!(shown["journal"][0]["act"], "card_revoked");
    assert_eq!(shown["journal"][0]["by"], "the tests");
    assert_eq!(shown["journal"][0]["version"], version);

    its_successor_lives_and_dies(&world, &early);
    drop(world.running);
}

/// The agent gets a new card: it signs, is suspended, resumed, revoked.
fn its_successor_lives_and_dies(world: &World, of: &Signed) {
    let siren = of.payload["service"]["siren"].as_str().unwrap();
    let agent = of.payload["agent"]["matricule"].as_str().unwrap();
    let directory = world.run_dir.join("card");
    let order = |agent: &str, to: &Path| {
        world.cnt(&[
            "card",
            "issue",
            "--siren",
            siren,
            "--agent",
            agent,
            "--output",
            text(to),
            "--json",
        ])
    };
    let issued: Value = serde_json::from_str(&succeeds(&order(agent, &directory))).unwrap();
    let serial = issued["holder"].as_str().unwrap();
    let file = |name: &str| directory.join(name);
    for key in ["signature.key.pem", "authentication.key.pem"] {
        let mode = std::fs::metadata(file(key)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
    // One card for an agent, none for a stranger, and nothing is left behind.
    for stranger in [agent, "NOBODY"] {
        let other = world.run_dir.join("other-card");
        assert_eq!(order(stranger, &other).status.code(), Some(1), "{stranger}");
        assert_eq!(std::fs::read_dir(&other).unwrap().count(), 0);
    }

    let (certificate, login) = (file("signature.crt.pem"), file("authentication.crt.pem"));
    world.openssl_verifies(&certificate, &CARDS).unwrap();
    world.openssl_verifies(&login, &LOGINS).unwrap();
    let told = openssl(&["x509", "-in", text(&certificate), "-noout", "-text"]);
    let told = succeeds(&told);
    assert!(
        told.contains("X509v3 Key Usage: critical\n                Non Repudiation\n"),
        "{told}"
    );

    world.is_followed(issued["version"].as_u64().unwrap());
    what_it_signs_is_accepted(world, of, serial, &directory);
    it_is_suspended_and_revoked(world, serial, &certificate, &login);
}

fn what_it_signs_is_accepted(world: &World, of: &Signed, serial: &str, directory: &Path) {
    let file = |name: &str| directory.join(name);
    let id_mif = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
    let (json, jws) = (file("payload.json"), file("message.jws"));
    std::fs::write(&json, renewed(&of.payload, serial, id_mif)).unwrap();
    let signed = world.cnt(&[
        "mif",
        "sign",
        text(&json),
        "--certificate",
        text(&file("signature.crt.pem")),
        "--key",
        text(&file("signature.key.pem")),
        "--output",
        text(&jws),
    ]);
    succeeds(&signed);
    let message = std::fs::read_to_string(&jws).unwrap();
    world
        .chain
        .submit(of.mif.station, &[message.trim().to_owned()]);
    let judged = world.verdict(id_mif);
    assert_eq!(judged.verdict, VerdictWord::Accepted, "{judged:?}");
}

/// Neither suspended twice nor, by a revocation dated ahead, good again until then.
fn it_stays_suspended(world: &World, serial: &str) {
    let ahead = "card revoke --reason departure --effective 2099-01-01T00:00:00Z";
    for (command, why) in [
        ("card suspend", "suspended already"),
        (ahead, "would let it be used until then"),
    ] {
        let words: Vec<_> = command.split(' ').chain([serial]).collect();
        let answer = world.cnt(&words);
        assert_eq!(answer.status.code(), Some(1), "{command}");
        let told = String::from_utf8_lossy(&answer.stderr);
        assert!(told.contains(why), "{told}");
    }
}

fn it_is_suspended_and_revoked(world: &World, serial: &str, certificate: &Path, login: &Path) {
    // Suspended, its certificates are on the lists; resumed, they are not; revoked, they are for good.
    let number = |usage: &str| {
        let shown = succeeds(&world.cnt(&["card", "show", serial, "--json"]));
        let shown: Value = serde_json::from_str(&shown).unwrap();
        let certificates = shown["certificates"].as_array().unwrap().clone();
        let mut found = certificates.iter().filter(|it| it["usage"] == usage);
        let number = found.next().unwrap()["number"].as_str().unwrap();
        number.to_uppercase()
    };
    let steps: [(&[&str], bool); 3] = [
        (&["card", "suspend", serial], true),
        (&["card", "suspend", serial, "--lift"], false),
        (&["card", "revoke", serial, "--reason", "loss"], true),
    ];
    for (command, is_listed) in steps {
        let version = world.changes(command);
        if command == ["card", "suspend", serial] {
            it_stays_suspended(world, serial);
        }
        for (usage, of, authorities) in [
            ("signature", certificate, CARDS),
            ("authentication", login, LOGINS),
        ] {
            let (_, told) = world.list(authorities[1]);
            assert_eq!(
                told.contains(&number(usage)),
                is_listed,
                "{command:?} {told}"
            );
            assert!(
                told.contains(&format!("X509v3 CRL Number: \n                {version}")),
                "{told}"
            );
            assert!(!told.contains("Reason Code"), "{told}");
            let verified = world.openssl_verifies(of, &authorities);
            match verified {
                Ok(()) => assert!(!is_listed, "{command:?}"),
                Err(why) => assert!(is_listed && why.contains("certificate revoked"), "{why}"),
            }
        }
    }
    let shown = succeeds(&world.cnt(&["card", "show", serial, "--json"]));
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let acts: Vec<_> = shown["journal"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["act"].clone())
        .collect();
    let expected = [
        "card_issued",
        "card_suspended",
        "card_resumed",
        "card_revoked",
    ];
    assert_eq!(acts, expected);
}

#[test]
fn a_station_is_certified_and_cut() {
    let world = World::start();
    let snapshot = std::fs::read(world.run_dir.join("nation/snapshot.json")).unwrap();
    let snapshot: Value = serde_json::from_slice(&snapshot).unwrap();
    let siren = snapshot["services"][0]["siren"].as_str().unwrap();
    let directory = world.run_dir.join("station");
    let order = |to: &Path| {
        world.cnt(&[
            "station",
            "issue",
            "--siren",
            siren,
            "--name",
            "STA-NEW-1",
            "--output",
            text(to),
            "--json",
        ])
    };
    succeeds(&order(&directory));
    assert_eq!(order(&world.run_dir.join("twice")).status.code(), Some(1));
    let pair = ["connection", "seal"];
    let certificate = |usage: &str| directory.join(format!("{usage}.crt.pem"));
    for usage in pair {
        let key = directory.join(format!("{usage}.key.pem"));
        let mode = std::fs::metadata(key).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{usage}");
        world
            .openssl_verifies(&certificate(usage), &["origin"])
            .unwrap();
    }
    let cut: [&str; 5] = ["station", "cut", "STA-NEW-1", "--reason", "theft"];
    world.changes(&cut);
    for usage in pair {
        let why = world.openssl_verifies(&certificate(usage), &["origin"]);
        assert!(why.unwrap_err().contains("certificate revoked"), "{usage}");
    }
    assert_eq!(world.cnt(&cut).status.code(), Some(1));
    let snapshot: Value = ureq::get(format!("{}/v1/snapshot", world.chain.url("registry")))
        .call()
        .unwrap()
        .body_mut()
        .read_json()
        .unwrap();
    let stations = snapshot["stations"].as_array().unwrap();
    let station = stations
        .iter()
        .find(|it| it["name"] == "STA-NEW-1")
        .unwrap();
    let (from, to) = (&station["period"]["from"], &station["period"]["to"]);
    assert!(to.as_str() < from.as_str(), "{station}");
    // The journal can only be appended to.
    let spoil = world.chain.sql_fails("registry", "DELETE FROM journal");
    assert!(spoil.contains("only ever appended to"), "{spoil}");
    drop(world.running);
}
