//! SoftHSM2 over PKCS#11 as a stand-in for a smart card. Fails where `softhsm2` is missing.

use std::path::Path;
use std::process::Command;

use cnt_trust::issue::CardUse;
use cnt_trust::pkcs11::{Pin, Token, TokenError};
use cnt_trust::{MessageSigner as _, SignError, sign_compact};

use crate::dss;
use crate::support::{CARD_START, IAT, PAYLOAD, problems, world};

const LABEL: &str = "CARTE-AGENT-0001";
const PIN: &str = "246810";
const KEY: &[u8] = &[2];
const OTHER_KEY: &[u8] = &[3];

/// Where Debian's package puts the library, by architecture or not.
fn module() -> &'static Path {
    let places = [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    ];
    let found = places.into_iter().map(Path::new).find(|path| path.exists());
    found.expect("softhsm2 must be installed")
}

fn utility(configuration: &Path) -> Command {
    let mut command = Command::new("softhsm2-util");
    command.env("SOFTHSM2_CONF", configuration);
    command
}

/// The whole runs in a process of its own: the library finds its configuration by an environment
/// variable, which no test may set for the others.
#[test]
fn a_token_signs_and_never_gives_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("softhsm2.conf");
    let tokens = folder.path().join("tokens");
    std::fs::create_dir(&tokens).unwrap();
    let text = format!(
        "directories.tokendir = {}\nlog.level = ERROR\n",
        tokens.display()
    );
    std::fs::write(&configuration, text).unwrap();
    let output = utility(&configuration)
        .args(["--init-token", "--free", "--label", LABEL])
        .args(["--pin", PIN, "--so-pin", "87654321"])
        .output()
        .expect("softhsm2 must be installed");
    assert!(output.status.success(), "{output:?}");
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "token::inside", "--nocapture"])
        .env("SOFTHSM2_CONF", &configuration)
        .env("CNT_TEST_TOKEN_PIN", PIN)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}{errors}");
    assert!(said.contains("1 passed"), "{said}");
    assert!(said.contains("signed with the token"), "{said}");
}

#[test]
fn inside() {
    // On its own it has no token: the test above runs it with one.
    if std::env::var_os("CNT_TEST_TOKEN_PIN").is_none() {
        return;
    }
    let wrong = Token::open(module(), LABEL, &Pin::new("000000".into()));
    assert!(matches!(wrong, Err(TokenError::PinWrong)), "{wrong:?}");
    let missing = Pin::from_environment("CNT_TEST_NO_SUCH_PIN").unwrap_err();
    assert!(missing.to_string().contains("CNT_TEST_NO_SUCH_PIN"));
    let pin = Pin::from_environment("CNT_TEST_TOKEN_PIN").unwrap();
    assert!(!format!("{pin:?}").contains(PIN));
    let elsewhere = Token::open(module(), "AUTRE", &pin);
    assert!(matches!(elsewhere, Err(TokenError::NoToken { .. })));

    let open = || Token::open(module(), LABEL, &pin).unwrap();
    let token = open();
    let public_key = token.generate_p256(KEY, "SIGNATURE").unwrap();
    let world = world();
    let certify = |public_key: &[u8]| {
        let hierarchy = &world.hierarchy;
        let issued =
            hierarchy.certify_card(&world.agent, CardUse::Signature, public_key, CARD_START);
        issued.unwrap()
    };
    let certificate = certify(&public_key);
    let bare = token.into_signer(KEY).map(|_| ());
    assert!(matches!(
        bare,
        Err(TokenError::NoObject {
            what: "certificate"
        })
    ));
    let token = open();
    token.store_certificate(KEY, &certificate).unwrap();
    // The certificate of one key beside another.
    token.generate_p256(OTHER_KEY, "AUTRE").unwrap();
    token.store_certificate(OTHER_KEY, &certificate).unwrap();
    let mixed = token.into_signer(OTHER_KEY).map(|_| ());
    assert!(matches!(mixed, Err(TokenError::KeyRefused)), "{mixed:?}");

    let signer = open().into_signer(KEY).unwrap();
    assert_eq!(signer.certificate_chain_der(), [certificate]);
    let messages: Vec<String> = (0..3)
        .map(|later| sign_compact(PAYLOAD, IAT + later, &signer))
        .collect::<Result<_, SignError>>()
        .unwrap();
    for message in &messages {
        assert_eq!(problems(&world.verifier(), message.as_bytes()), []);
    }
    dss::assert_accepted(messages.iter().map(|message| message.as_bytes().to_vec()));
    println!("signed with the token");
}
