//! Authorities and a card whose keys are on tokens: SoftHSM2 stands in for both, OpenSSL judges what they sign.

use std::path::Path;
use std::process::Command;

use cnt_service_kit::clock::{Clock, paris};
use serde_json::{Value, json};

use crate::support::{Centre, succeeded};

const PIN: &str = "246810";
const AUTHORITIES: &str = "AUTORITES";
const CARD: &str = "CARTE-AGENT";
const SIREN: &str = "215900176";
const AGENT: &str = "S000001";
/// The card that the agent has in every nation.
const FORMER: &str = "SIM-215900176-000001";

/// Where Debian's package puts the library, by architecture or not.
fn module() -> &'static str {
    let places = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    ];
    let found = places.into_iter().find(|path| Path::new(path).exists());
    found.expect("softhsm2 must be installed")
}

/// Two new tokens; the configuration that names them.
fn tokens(directory: &Path) -> String {
    let folder = directory.join("tokens");
    std::fs::create_dir(&folder).unwrap();
    let configuration = directory.join("softhsm2.conf");
    let text = format!(
        "directories.tokendir = {}\nlog.level = ERROR\n",
        folder.display()
    );
    std::fs::write(&configuration, text).unwrap();
    for label in [AUTHORITIES, CARD] {
        let made = Command::new("softhsm2-util")
            .env("SOFTHSM2_CONF", &configuration)
            .args(["--init-token", "--free", "--label", label, "--pin", PIN])
            .args(["--so-pin", "87654321"])
            .output()
            .unwrap();
        succeeded(&made);
    }
    configuration.to_str().unwrap().to_owned()
}

fn openssl(arguments: &[&str]) -> String {
    succeeded(&Command::new("openssl").args(arguments).output().unwrap())
}

/// A parking offence of now by the agent with that card.
fn payload(card: &str) -> Value {
    let (clock, _) = Clock::system();
    let now = clock.legal_now().to_zoned(paris());
    let now = now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    json!({
        "entete": {"version_schema": "mif/1.0", "id_mif": "0198c0de-0000-4000-8000-00000000a11c",
            "numero_pv": "TOKEN0001", "horodatage_emission": now},
        "service": {"siren": SIREN, "code_service": "59PM0001", "corps": "PM", "insee_rattachement": "59017"},
        "agent": {"matricule": AGENT, "qualite": "APJA", "grade": "Brigadier",
            "carte": {"numero_serie": card, "emetteur": "ANTS (simulation)", "profil": "A05"}},
        "terminal": {"type": "PDA", "identifiant": "TVE-000001", "version_logiciel": "4.2", "version_natinf": "2026.1"},
        "infraction": {"natinf": 31088, "qualification_cas": "1", "date_heure": now, "interception": false,
            "nombre_infractions_simultanees": 1, "avis_information": true},
        "lieu": {"insee_commune": "59017", "type_voie": "RUE", "libelle_voie": "DE LA CARTE", "numero": "12"},
        "vehicule": {"immatriculation": "AB123CD", "pays": "FR", "marque": "RENAULT"},
    })
}

/// The card's certificate and the list that names the former card are the authorities'.
fn openssl_agrees(centre: &Centre, directory: &Path) {
    let path = |name: &str| directory.join(name).to_str().unwrap().to_owned();
    let authority = |name: &str| {
        centre
            .nation(&format!("pki/{name}.crt.pem"))
            .to_str()
            .unwrap()
            .to_owned()
    };
    let (root, signature) = (authority("agents-root"), authority("agents-signature"));
    openssl(&[
        "verify",
        "-CAfile",
        &root,
        "-untrusted",
        &signature,
        &path("card/signature.crt.pem"),
    ]);
    let list = path("origin.crl");
    centre.door("/v1/crls/agents-signature.crl", &["-o", &list]);
    let listed = openssl(&[
        "crl", "-inform", "DER", "-in", &list, "-noout", "-text", "-verify", "-CAfile", &signature,
    ]);
    assert!(listed.contains("Serial Number:"), "{listed}");
}

#[test]
fn keys_on_tokens_certify_revoke_and_sign() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let configuration = tokens(directory.path());
    let environment = [
        ("SOFTHSM2_CONF", configuration.as_str()),
        ("CNT_TOKEN_PIN", PIN),
    ];
    let centre = Centre::in_directory(&directory.path().join("centre"), &environment);
    let nation = centre.nation("").to_str().unwrap().to_owned();
    let authorities = ["--pkcs11", module(), "--token", AUTHORITIES];
    let make = ["nation", "make", "--output", &nation];
    centre.cnt(&[&make[..], &authorities].concat());
    let kept: Vec<_> = std::fs::read_dir(centre.nation("pki"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".key.pem"))
        .collect();
    assert!(kept.is_empty(), "{kept:?}");
    // The token has its authorities: another nation would take their keys away.
    let second = ["nation", "make", "--output", &path("second")];
    assert!(
        !centre
            .tried(&[&second[..], &authorities].concat())
            .status
            .success()
    );

    centre.cnt(&["up", "--detach"]);
    centre.cnt(&["card", "revoke", FORMER, "--reason", "loss"]);
    let card = ["--pkcs11", module(), "--token", CARD];
    let issue = [
        "card",
        "issue",
        "--siren",
        SIREN,
        "--agent",
        AGENT,
        "--json",
        "--output",
        &path("card"),
    ];
    let issued: Value = serde_json::from_str(&centre.cnt(&[&issue[..], &card].concat())).unwrap();
    let serial = issued["holder"].as_str().unwrap();
    assert!(!centre.tried(&[&issue[..], &card].concat()).status.success());

    openssl_agrees(&centre, directory.path());

    // The card signs a MIF, which becomes an avis.
    let (unsigned, signed) = (path("mif.json"), path("mif.jose"));
    std::fs::write(&unsigned, payload(serial).to_string()).unwrap();
    centre.cnt(&[&["mif", "sign", &unsigned, "--output", &signed][..], &card].concat());
    let acknowledged = centre.hand_in(Path::new(&signed));
    let reception = &acknowledged["acknowledgements"][0]["reception"];
    let ended = centre.end_of(reception);
    assert_eq!(ended["type"], "avis", "{ended}");
}
