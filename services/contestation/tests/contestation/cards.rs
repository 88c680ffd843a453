//! Whoever has a card enters with it.

use std::sync::Arc;

use cnt_testkit::wait_for;
use cnt_trust::issue::{AuthorityRole, Issued, StationIdentity};
use rustls::crypto::aws_lc_rs;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

use crate::console::set_up_with;
use crate::officers::{OFFICERS, card_of, list_of, since};
use crate::support::{Service, World};

const OMP: &str = "OMP-35-01";

/// A browser with a card in its reader, or none; connections are used again.
fn browser(card: Option<&Issued>) -> ureq::Agent {
    let root = OFFICERS.authority(AuthorityRole::AgentsRoot);
    let root = Certificate::from_der(root.certificate_der()).to_owned();
    let credential = card.map(|card| {
        let chain = [Certificate::from_der(&card.certificate_der).to_owned()];
        let key = PrivateKey::from_pem(card.key_pem().as_bytes()).unwrap();
        ClientCert::new_with_certs(&chain, key)
    });
    let tls = TlsConfig::builder()
        .client_cert(credential)
        .root_certs(RootCerts::new_with_certs(&[root]))
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
        .build();
    ureq::Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .into()
}

/// Asks for a session with the card: the status, and the cookie.
fn enters(service: &Service, browser: &ureq::Agent) -> Result<(u16, String), ureq::Error> {
    let request = browser.post(service.card_console("/connexion/carte"));
    let response = request.send_form([("suite", "/file")])?;
    let cookie = response.headers().get("set-cookie");
    let cookie = cookie.map_or("", |cookie| cookie.to_str().unwrap());
    Ok((response.status().as_u16(), cookie.to_owned()))
}

fn reads(service: &Service, browser: &ureq::Agent, path: &str, cookie: &str) -> (u16, String) {
    let request = browser.get(service.card_console(path));
    let mut response = request.header("Cookie", cookie).call().unwrap();
    let text = response.body_mut().read_to_string().unwrap();
    (response.status().as_u16(), text)
}

#[test]
fn a_card_opens_its_holder_s_session_until_it_is_revoked() {
    let world = World::start();
    let service = Service::start(&world);
    let leroy = card_of("leroy", OMP);
    let of = |login| (login, OMP, "officer");
    // A card of somebody else, or no card at all, is not taken for an operator's.
    let other = Some(card_of("petit", OMP).certificate_pem());
    assert_eq!(set_up_with(&service, of("leroy"), other), 422);
    assert_eq!(
        set_up_with(&service, of("leroy"), Some("x".to_owned())),
        422
    );
    assert_eq!(
        set_up_with(&service, of("leroy"), Some(leroy.certificate_pem())),
        204
    );

    let with_card = browser(Some(&leroy));
    let (status, form) = reads(&service, &with_card, "/connexion", "");
    assert!(status == 200 && form.contains("Votre carte est lue"));
    let (status, cookie) = enters(&service, &with_card).unwrap();
    assert_eq!(status, 303);
    assert!(cookie.starts_with("__Host-cnt-console=") && cookie.contains("Secure"));
    let cookie = cookie.split(';').next().unwrap();
    let (status, queue) = reads(&service, &with_card, "/file", cookie);
    assert!(status == 200 && queue.contains(OMP), "{queue}");

    // Nobody comes in without a card, nor with a certificate that is none, nor with a card that nobody was given.
    assert!(enters(&service, &browser(None)).is_err());
    let station = StationIdentity {
        number: "leroy".to_owned(),
        siren: "213502388".to_owned(),
        organisation: "Ville".to_owned(),
    };
    let station = OFFICERS
        .issue_station_connection(&station, since())
        .unwrap();
    assert!(enters(&service, &browser(Some(&station))).is_err());
    let unknown = browser(Some(&card_of("petit", OMP)));
    assert_eq!(enters(&service, &unknown).unwrap().0, 403);
    let journal = "SELECT string_agg(login || ' ' || what, ', ' ORDER BY n) FROM operator_entry";
    assert_eq!(world.sql(journal), "leroy entered, petit refused");

    // Revoked, it opens no session over the connection that stands, and no connection any more.
    world.publish_law(2, vec![list_of(&leroy)]);
    wait_for("the card to be refused", || {
        let (status, _) = enters(&service, &with_card)?;
        Ok((status == 403).then_some(()))
    })
    .unwrap();
    assert!(enters(&service, &browser(Some(&leroy))).is_err());
    service.stop();
}
