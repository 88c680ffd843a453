//! The public listener as anybody reaches it: what is there, what is not, and what an addressee gets.

use cnt_contracts::courrier::GroundWord;
use cnt_contracts::letter::{LetterRequestV1, LetterV1};
use cnt_testkit::wait_for;
use cnt_vault::{LocalStore, LotKind, LotReader, ObjectStore as _};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Avis, MOTIVATION, PDF, Service, World};

const OMP: &str = "OMP-87-01";
const KEY: &str = "WXYZ2345";

/// A browser without a window: it keeps cookies and follows nothing.
pub(crate) struct Client {
    agent: ureq::Agent,
    cookie: String,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: ureq::http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn of(mut response: ureq::http::Response<ureq::Body>) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body_mut().read_to_vec().unwrap(),
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// What a form of the page hides.
    fn hidden(&self, name: &str) -> String {
        let text = self.text();
        let start = format!("name=\"{name}\" value=\"");
        let (_, rest) = text
            .split_once(&start)
            .unwrap_or_else(|| panic!("no {name}: {text}"));
        rest.split_once('"').unwrap().0.to_owned()
    }
}

impl Client {
    fn new() -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .build()
            .into();
        let cookie = String::new();
        Self { agent, cookie }
    }

    pub(crate) fn get(&self, url: &str) -> Answer {
        let request = self.agent.get(url).header("Cookie", &self.cookie);
        Answer::of(request.call().unwrap())
    }

    fn post(&self, url: &str, form: &[(&str, &str)]) -> Answer {
        self.post_from("same-origin", url, form)
    }

    fn post_from(&self, site: &str, url: &str, form: &[(&str, &str)]) -> Answer {
        let request = self.agent.post(url).header("Cookie", &self.cookie);
        let request = request.header("Sec-Fetch-Site", site);
        Answer::of(request.send_form(form.iter().copied()).unwrap())
    }

    /// With the number and the key of an avis.
    pub(crate) fn opened(service: &Service, avis: u64, key: &str) -> Self {
        let mut client = Self::new();
        let number = avis.to_string();
        let form = [("numero", number.as_str()), ("cle", key)];
        let answer = client.post(&service.public("/"), &form);
        assert_eq!(
            (answer.status, answer.header("Location")),
            (303, "/dossier"),
            "{}",
            answer.text()
        );
        let cookie = answer.header("Set-Cookie");
        assert!(cookie.ends_with("Path=/; HttpOnly; SameSite=Strict"));
        client.cookie = cookie.split_once(';').unwrap().0.to_owned();
        client
    }
}

/// Nothing of the operators' doors answers on the public listener, whatever the headers say.
fn operators_doors_are_elsewhere(service: &Service) {
    let text = cnt_contestation::openapi().unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let mut doors = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, told) in methods.as_object().unwrap() {
            let parameters = told["parameters"].as_array().cloned().unwrap_or_default();
            if parameters
                .iter()
                .any(|parameter| parameter["name"] == "CNT-Key")
            {
                continue;
            }
            doors += 1;
            let url = path
                .replace("{avis}", "9900800101")
                .replace("{id}", &Uuid::from_u128(1).to_string())
                .replace("{omp}", OMP)
                .replace("{n}", "1");
            let request = ureq::http::Request::builder()
                .method(method.to_uppercase().as_str())
                .uri(service.public(&url))
                .header("CNT-User", "leroy")
                .header("CNT-Omp", OMP)
                .header("Content-Type", "application/json")
                .body("{}")
                .unwrap();
            let answer = Answer::of(Client::new().agent.run(request).unwrap());
            assert_eq!(answer.status, 404, "{method} {path}");
        }
    }
    assert!(doors > 25, "{doors}");
}

fn every_answer_is_guarded(service: &Service) {
    let client = Client::new();
    for (path, status) in [
        ("/", 200),
        ("/style.css", 200),
        ("/dossier", 403),
        ("/x", 404),
        ("/v1/x", 404),
    ] {
        let answer = client.get(&service.public(path));
        assert_eq!(answer.status, status, "{path}");
        let policy = answer.header("Content-Security-Policy");
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{path}"
        );
        assert!(policy.contains("frame-ancestors 'none'"));
        assert_eq!(answer.header("X-Content-Type-Options"), "nosniff");
        assert_eq!(answer.header("Referrer-Policy"), "no-referrer");
        if path != "/style.css" {
            assert_eq!(answer.header("Cache-Control"), "no-store");
            assert!(answer.text().contains("SPÉCIMEN – SIMULATION"));
            assert!(!answer.text().contains("<script"));
        }
    }
}

/// A cookie without the token of its forms does nothing, and a form that another site sends does nothing.
fn forms_are_of_their_session(service: &Service, avis: u64) {
    let client = Client::opened(service, avis, "wxyz-2345");
    let page = client.get(&service.public("/dossier/adresse"));
    let (token, id) = (page.hidden("jeton"), page.hidden("id"));
    let fields = [
        ("voie", "12 rue de la Gare"),
        ("code_postal", "29200"),
        ("localite", "Brest"),
        ("pays", "FR"),
    ];
    let form = |token: &str| -> Vec<(String, String)> {
        let own = [("jeton", token), ("id", &id)];
        let all = own.into_iter().chain(fields);
        all.map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    };
    let url = service.public("/dossier/adresse");
    let foreign = form("x");
    let borrowed: Vec<_> = foreign
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    assert_eq!(client.post(&url, &borrowed).status, 403);
    let own = form(&token);
    let borrowed: Vec<_> = own.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(client.post_from("cross-site", &url, &borrowed).status, 403);
    assert_eq!(client.post(&url, &borrowed).status, 200);
    // Left, the file is closed, for the cookie that was kept too.
    let left = client.post(&service.public("/dossier/quitter"), &[("jeton", &token)]);
    assert!(left.header("Set-Cookie").contains("Max-Age=0"));
    assert_eq!(client.get(&service.public("/dossier")).status, 403);
}

/// Every letter, for the addressee with the key and for the operator of the OMP; each reading is journalled.
fn letters_are_given(world: &World, service: &Service, avis: u64) {
    let number = avis.to_string();
    world.announce(&[Avis::new(avis, OMP, "2026-10-01")
        .letter("CSS")
        .dated("2026-12-02")]);
    let key = [("CNT-Key", KEY)];
    let path = format!("/v1/portal/avis/{avis}/letters");
    let letters = wait_for("the letter", || {
        let (status, _, body) = service.asked(&path, &key, None);
        assert_eq!(status, 200);
        let letters: Value = serde_json::from_slice(&body).unwrap();
        let all = letters["letters"].as_array().unwrap().clone();
        Ok((all.len() == 2).then_some(all))
    })
    .unwrap();
    assert_eq!(
        (
            &letters[0]["letter"],
            &letters[1]["letter"],
            &letters[1]["day"]
        ),
        (&json!("ACO-1"), &json!("CSS-1"), &json!("2026-12-02"))
    );
    let (status, media, bytes) = service.asked(&format!("{path}/CSS-1"), &key, None);
    assert_eq!(
        (status, media.as_str(), &bytes[..]),
        (200, "application/pdf", PDF)
    );
    assert_eq!(service.asked(&format!("{path}/CSS-2"), &key, None).0, 404);
    let own = [("CNT-User", "leroy"), ("CNT-Omp", OMP)];
    let stranger = [("CNT-User", "leroy"), ("CNT-Omp", "OMP-35-01")];
    let operators = format!("/v1/avis/{avis}/letters");
    assert_eq!(service.asked(&operators, &own, None).0, 200);
    assert_eq!(service.asked(&operators, &stranger, None).0, 404);
    let (status, _, bytes) = service.asked(&format!("{operators}/ACO-1"), &own, None);
    assert_eq!((status, &bytes[..]), (200, PDF));
    assert_eq!(
        service
            .asked(&format!("{operators}/ACO-1"), &stranger, None)
            .0,
        404
    );
    let client = Client::opened(service, avis, KEY);
    let answer = client.get(&service.public("/dossier/courriers/ACO-1"));
    assert_eq!((answer.status, &answer.body[..]), (200, PDF));
    assert!(
        answer
            .header("Content-Disposition")
            .starts_with("attachment")
    );
    let sql = "SELECT string_agg(who || ' ' || kind, ',' ORDER BY at) FROM document_consultation WHERE avis = ";
    assert_eq!(
        world.sql(&format!("{sql}{number}")),
        "addressee CSS,leroy ACO,addressee ACO"
    );
}

/// A contestation of the portal has its receipt asked for in the transaction that takes it in, and names its driver.
fn a_designation_is_registered(world: &World, service: &Service, avis: u64) {
    let id = Uuid::from_u128(u128::from(avis));
    let driver = json!({
        "last_name": "Martin", "first_names": "Zoé", "address": ["3 rue du Four", "35000 Rennes"],
        "birth_on": "1990-02-03", "birth_place": "Vannes", "licence": "12AB34567",
    });
    let body = |ground: &str, driver: &Value| json!({"id": id, "ground": ground, "motivation": MOTIVATION, "driver": driver});
    let path = format!("/v1/portal/avis/{avis}/contestations");
    let key = [("CNT-Key", KEY)];
    let mut nowhere = driver.clone();
    nowhere["address"] = json!(["3 rue du Four", "Rennes"]);
    for bad in [body("autre", &driver), body("designation", &nowhere)] {
        assert_eq!(service.asked(&path, &key, Some(&bad)).0, 422);
    }
    assert_eq!(
        service
            .asked(&path, &key, Some(&body("designation", &driver)))
            .0,
        202
    );
    service.lives_in(avis, "contested");
    let file = service.queued(OMP, 1);
    assert_eq!(file[0]["id"], json!(id));
    let (_, file) = service.get(&format!("/v1/contestations/{id}"), "leroy", OMP);
    assert_eq!(file["driver"]["licence"], json!("12AB34567"), "{file}");
    let asked = world.sql(&format!(
        "SELECT encode(request_lot, 'hex') FROM receipt WHERE contestation = '{id}' AND issue = 1"
    ));
    let store = LocalStore::new(world.stack.objects_dir());
    let lot = asked.parse().unwrap();
    let reader = LotReader::open(store.get(LotKind::Request, lot).unwrap()).unwrap();
    let member = &reader.members().unwrap()[0];
    assert_eq!(member.id, format!("{avis}/ACE/1"));
    let request: LetterRequestV1 = member.meta().unwrap();
    let LetterV1::Receipt(said) = request.letter else {
        panic!("{request:?}");
    };
    assert_eq!(
        (said.ground, said.contested.is_online),
        (GroundWord::Designation, true)
    );
    assert_eq!(said.contest_until, "2027-01-04");
    // Edited, it is linked with its contestation.
    let client = Client::opened(service, avis, KEY);
    let url = service.public(&format!("/dossier/contestations/{id}"));
    assert!(client.get(&url).text().contains("dans un instant"));
    world.announce(&[Avis::new(avis, OMP, "2026-10-01").letter("ACE")]);
    wait_for("the receipt", || {
        Ok(client
            .get(&url)
            .text()
            .contains("/dossier/courriers/ACE-1")
            .then_some(()))
    })
    .unwrap();
}

/// A new address is a courrier that is answered by being kept, and letters asked for later go there.
fn an_address_is_kept(world: &World, service: &Service, avis: u64) {
    let path = format!("/v1/portal/avis/{avis}/address");
    let key = [("CNT-Key", KEY)];
    let id = Uuid::from_u128(u128::from(avis) << 8);
    let body = |lines: &[&str]| json!({"id": id, "address": lines});
    for bad in [
        &["12 rue de la Gare", "Brest"][..],
        &["29200 Brest"],
        &["", "29200 Brest"],
    ] {
        assert_eq!(
            service.asked(&path, &key, Some(&body(bad))).0,
            422,
            "{bad:?}"
        );
    }
    let good = body(&["12 rue de la Gare", "29200 Brest"]);
    for _ in 0..2 {
        assert_eq!(service.asked(&path, &key, Some(&good)).0, 202);
    }
    let sql = format!(
        "SELECT string_agg(kind || ' ' || outcome || ' ' || channel, ',' ORDER BY is_duplicate) FROM courrier WHERE id = '{id}'"
    );
    wait_for("both envelopes", || {
        let told = world.sql(&sql);
        let both = "address_change answered portal,address_change none_needed portal";
        Ok((told == both).then_some(()))
    })
    .unwrap();
    let decision = json!({"kind": "classement", "reason": "circumstances"});
    let file = Uuid::from_u128(u128::from(avis));
    let (status, _) = service.decide((file, OMP), 1, &decision);
    assert_eq!(status, 200);
    let lot = world.sql(&format!(
        "SELECT encode(request_lot, 'hex') FROM decision WHERE avis = {avis}"
    ));
    let store = LocalStore::new(world.stack.objects_dir());
    let reader =
        LotReader::open(store.get(LotKind::Request, lot.parse().unwrap()).unwrap()).unwrap();
    let request: LetterRequestV1 = reader.members().unwrap()[0].meta().unwrap();
    assert_eq!(
        request.address,
        Some(vec![
            "12 rue de la Gare".to_owned(),
            "29200 Brest".to_owned()
        ])
    );
}

/// Whoever tries one avis after the other is stopped too; behind the public listener alone, for there strangers come.
fn strangers_are_stopped(service: &Service, avis: u64) {
    let key = ("CNT-Key", "AAAA2222");
    let tried = |avis: u64, key: (&str, &str)| {
        let url = service.public(&format!("/v1/portal/avis/{avis}"));
        let request = Client::new().agent.get(url).header(key.0, key.1);
        request.call().unwrap().status().as_u16()
    };
    for n in 0..30 {
        assert_eq!(tried(9_900_900_000 + n, key), 404, "{n}");
    }
    assert_eq!(tried(avis, ("CNT-Key", KEY)), 429);
    let internal = format!("/v1/portal/avis/{avis}");
    assert_eq!(service.asked(&internal, &[("CNT-Key", KEY)], None).0, 200);
}

#[test]
fn the_public_listener_has_what_an_addressee_may_do_and_nothing_else() {
    let world = World::start();
    let service = Service::start(&world);
    let avis = [9_900_800_101, 9_900_800_102, 9_900_800_103];
    let announced = avis.map(|avis| Avis::new(avis, OMP, "2026-10-01").with_key(KEY));
    world.announce(&announced);
    for avis in avis {
        service.lives_in(avis, "sent");
    }
    operators_doors_are_elsewhere(&service);
    every_answer_is_guarded(&service);
    forms_are_of_their_session(&service, avis[0]);
    letters_are_given(&world, &service, avis[1]);
    a_designation_is_registered(&world, &service, avis[2]);
    an_address_is_kept(&world, &service, avis[2]);
    strangers_are_stopped(&service, avis[2]);
    service.stop();
}
