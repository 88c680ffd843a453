//! The console: who enters, what the database shows to whom, and a day's work in a real browser.

use cnt_testkit::{Browser, BrowserOptions, axe, wait_for};
use serde_json::json;
use totp_rs::Builder;
use uuid::Uuid;

use crate::officers::install;
use crate::support::{Avis, NOW, Service, World};

pub(crate) const OMP: &str = "OMP-35-01";
const OTHER: &str = "OMP-51-01";
pub(crate) const FIRST: u64 = 9_900_940_000;
pub(crate) const PASSWORD: &str = "un mot de passe bien long";
const SECRET: [u8; 20] = [9; 20];

pub(crate) fn code() -> String {
    let now: jiff::Timestamp = NOW.parse().unwrap();
    let codes = Builder::new().with_secret(SECRET.to_vec()).build().unwrap();
    codes
        .generate(u64::try_from(now.as_second()).unwrap())
        .to_string()
}

pub(crate) fn set_up(service: &Service, login: &str, omp: &str, role: &str) {
    assert_eq!(set_up_with(service, (login, omp, role), None), 204);
}

/// Sets an operator up, with a card perhaps; the answer's status.
pub(crate) fn set_up_with(
    service: &Service,
    (login, omp, role): (&str, &str, &str),
    certificate: Option<String>,
) -> u16 {
    let body = json!({
        "name": format!("{login} Essai"), "omp": omp, "role": role, "password": PASSWORD,
        "totp_secret": "09".repeat(20), "certificate": certificate,
    });
    let path = format!("/v1/operators/{login}");
    service.put(&path, &body, "test", omp)
}

/// A contested avis of an OMP.
pub(crate) fn contested(world: &World, service: &Service, number: u64, omp: &str) -> Uuid {
    world.announce(&[Avis::new(number, omp, "2026-10-01")]);
    service.lives_in(number, "sent");
    let id = Uuid::from_u128(u128::from(number));
    assert_eq!(service.contest(id, number), 202);
    service.lives_in(number, "contested");
    id
}

/// Posts a form as a browser does, without following where it leads: status, place, cookie.
fn post(
    service: &Service,
    path: &str,
    cookie: &str,
    form: &[(&str, &str)],
) -> (u16, String, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .into();
    let request = agent.post(service.console(path)).header("Cookie", cookie);
    let response = request.send_form(form.iter().copied()).unwrap();
    let header = |name: &str| {
        let value = response.headers().get(name);
        value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    };
    (
        response.status().as_u16(),
        header("location"),
        header("set-cookie"),
    )
}

fn get(service: &Service, path: &str, cookie: &str) -> (u16, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .into();
    let request = agent.get(service.console(path)).header("Cookie", cookie);
    let mut response = request.call().unwrap();
    let text = response.body_mut().read_to_string().unwrap_or_default();
    (response.status().as_u16(), text)
}

/// Opens a session; its cookie.
fn enters(service: &Service, login: &str) -> String {
    let form = [
        ("identifiant", login),
        ("mot_de_passe", PASSWORD),
        ("code", &code()),
        ("suite", "/file"),
    ];
    let (status, place, cookie) = post(service, "/connexion", "", &form);
    assert_eq!((status, place.as_str()), (303, "/file"), "{login}");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    cookie.split(';').next().unwrap().to_owned()
}

#[test]
fn who_enters_and_what_the_database_shows() {
    let world = World::start();
    let service = Service::start(&world);
    for (login, omp, role) in [
        ("leroy", OMP, "officer"),
        ("petit", OMP, "clerk"),
        ("moreau", OTHER, "officer"),
        ("audit", OMP, "auditor"),
    ] {
        set_up(&service, login, omp, role);
    }
    let own = contested(&world, &service, FIRST, OMP);
    let others = contested(&world, &service, FIRST + 1, OTHER);
    guessing_is_slow(&service);
    let cookie = enters(&service, "leroy");
    // The same code does not open a second session.
    let form = [
        ("identifiant", "leroy"),
        ("mot_de_passe", PASSWORD),
        ("code", &code()),
        ("suite", ""),
    ];
    assert_eq!(post(&service, "/connexion", "", &form).0, 403);
    let paths = |id: Uuid| {
        [
            format!("/dossiers/{id}"),
            format!("/dossiers/{id}/courriers/ACO-1"),
        ]
    };
    for path in paths(own) {
        assert_eq!(get(&service, &path, &cookie).0, 200, "{path}");
    }
    for path in paths(others) {
        assert_eq!(get(&service, &path, &cookie).0, 404, "{path}");
    }
    assert_eq!(get(&service, "/file", "cnt-console=").0, 303);
    assert_eq!(get(&service, "/file", "cnt-console=x").0, 303);
    let auditor = enters(&service, "audit");
    assert_eq!(get(&service, &format!("/dossiers/{own}"), &auditor).0, 403);
    let (status, journal) = get(&service, "/journal", &auditor);
    assert_eq!(status, 200);
    assert!(
        journal.contains("leroy") && journal.contains(&FIRST.to_string()),
        "{journal}"
    );
    assert_eq!(get(&service, "/journal", &cookie).0, 403);
    // Without the form's token nothing is done.
    let (status, ..) = post(
        &service,
        &format!("/dossiers/{own}/prendre"),
        &cookie,
        &[("jeton", "x")],
    );
    assert_eq!(status, 403);
    let (status, _) = service.get(&format!("/v1/contestations/{others}"), "moreau", OTHER);
    assert_eq!(status, 200);
    crate::scoping::the_database_itself_refuses(
        &world,
        cookie.split_once('=').unwrap().1,
        (own, others),
    );
    service.stop();
}

fn guessing_is_slow(service: &Service) {
    let form = [
        ("identifiant", "petit"),
        ("mot_de_passe", "faux"),
        ("code", "000000"),
        ("suite", ""),
    ];
    let tries: Vec<u16> = (0..6)
        .map(|_| post(service, "/connexion", "", &form).0)
        .collect();
    assert_eq!(tries, [403, 403, 403, 403, 403, 429]);
}

/// A browser of one operator.
struct Desk<'s> {
    browser: Browser,
    service: &'s Service,
}

impl<'s> Desk<'s> {
    fn of(service: &'s Service, login: &str) -> Self {
        let desk = Self {
            browser: Browser::start(&BrowserOptions::default()).unwrap(),
            service,
        };
        desk.open("/");
        desk.is_sound("Ouvrir la session");
        desk.fill("Identifiant", login);
        desk.fill("Mot de passe", PASSWORD);
        desk.fill("Code à usage unique", &code());
        desk.browser.follow("Ouvrir la session").unwrap();
        desk
    }

    fn open(&self, path: &str) {
        self.browser.open(&self.service.console(path)).unwrap();
    }

    fn fill(&self, label: &str, text: &str) {
        self.browser.field(label).unwrap().fill(text).unwrap();
    }

    fn choose(&self, label: &str, option: &str) {
        self.browser.field(label).unwrap().type_in(option).unwrap();
    }

    fn text(&self) -> String {
        self.browser.text().unwrap()
    }

    /// axe-core finds nothing, wide and narrow.
    fn is_sound(&self, title: &str) {
        let found = self.browser.title().unwrap();
        assert!(
            found.starts_with(title),
            "{found}, not {title}: {}",
            self.text()
        );
        for (width, height) in [(400, 700), (1_400, 1_000)] {
            self.browser.resize(width, height).unwrap();
            if let Some(folder) = std::env::var_os("CNT_PICTURES").map(std::path::PathBuf::from) {
                std::fs::create_dir_all(&folder).unwrap();
                let name: String = title
                    .chars()
                    .map(|one| if one.is_alphanumeric() { one } else { '-' })
                    .collect();
                let picture = self.browser.screenshot().unwrap();
                std::fs::write(folder.join(format!("console-{name}-{width}.png")), picture)
                    .unwrap();
            }
            let faults = axe(&self.browser).unwrap();
            assert!(
                faults.is_empty(),
                "{title}, {width} px:\n{}",
                faults.join("\n")
            );
        }
    }

    fn file(&self) -> String {
        let address = self.browser.address().unwrap();
        let place = address
            .rsplit_once("/dossiers/")
            .map(|(_, id)| id.to_owned());
        place.unwrap_or_else(|| panic!("no file: {address}\n{}", self.text()))
    }
}

#[test]
fn a_day_at_the_console() {
    let world = World::start();
    install(&world.stack.directory().join("officers"), OMP);
    let service = Service::start(&world);
    for (login, omp, role) in [
        ("leroy", OMP, "officer"),
        ("petit", OMP, "clerk"),
        ("chef", OMP, "supervisor"),
        ("moreau", OTHER, "officer"),
    ] {
        set_up(&service, login, omp, role);
    }
    for n in 10..14 {
        contested(&world, &service, FIRST + n, OMP);
    }
    let others = contested(&world, &service, FIRST + 20, OTHER);
    let officer = Desk::of(&service, "leroy");
    officer.is_sound("File de travail");
    let clerk = Desk::of(&service, "petit");
    // Two take the next file, each another one.
    officer.browser.write("n").unwrap();
    clerk.browser.write("n").unwrap();
    let (mine, theirs) = wait_for("two files", || {
        let has = |desk: &Desk<'_>| desk.browser.address().unwrap().contains("/dossiers/");
        Ok((has(&officer) && has(&clerk)).then(|| (officer.file(), clerk.file())))
    })
    .unwrap();
    assert_ne!(mine, theirs);
    officer.is_sound("Avis n°");
    for text in [
        "Les faits",
        "Recevabilité suggérée",
        "Vous tenez ce dossier",
        "requête en exonération",
    ] {
        assert!(officer.text().contains(text), "{text}: {}", officer.text());
    }
    held_by_another(&officer, &theirs);
    officer.open(&format!("/dossiers/{others}"));
    assert!(officer.text().contains("n’existe pas dans votre ressort"));
    notes_are_kept_while_they_are_written(&world, &clerk, &theirs);
    escalated(&world, &clerk, &theirs);
    decided_by_keys(&world, &officer, &mine);
    searched(&officer);
    together(&world, &officer);
    led(&service, &theirs);
    counted_as_they_are(&world);
    service.stop();
}

/// What pages show as open is what is open, folded or not.
fn counted_as_they_are(world: &World) {
    let open = "SELECT count(*) FROM contestation WHERE state IN ('queued', 'claimed')";
    let counted = "SELECT sum(files) FROM open_count";
    assert_eq!(world.sql(open), "2");
    assert_eq!(world.sql(counted), "2");
    wait_for("changes to be folded", || {
        Ok((world.sql("SELECT count(*) FROM open_change") == "0").then_some(()))
    })
    .unwrap();
    let counted = "SELECT string_agg(omp || ' ' || files, ', ' ORDER BY omp) FROM open_files WHERE files <> 0";
    assert_eq!(world.sql(counted), format!("{OMP} 1, {OTHER} 1"));
}

fn held_by_another(officer: &Desk<'_>, theirs: &str) {
    officer.open(&format!("/dossiers/{theirs}"));
    assert!(
        officer.text().contains("est tenu par petit"),
        "{}",
        officer.text()
    );
    assert!(!officer.text().contains("Signer et décider"));
}

fn notes_are_kept_while_they_are_written(world: &World, clerk: &Desk<'_>, id: &str) {
    let field = clerk.browser.find("#note").unwrap();
    field.type_in("La facture est du même jour.").unwrap();
    let kept = format!("SELECT note FROM draft WHERE contestation = '{id}'");
    wait_for("the note to be kept", || {
        Ok((world.sql(&kept) == "La facture est du même jour.").then_some(()))
    })
    .unwrap();
}

/// What a clerk hands on is the officer's, with the reason.
fn escalated(world: &World, clerk: &Desk<'_>, id: &str) {
    clerk.choose("Quoi", "Soumettre à l’officier");
    clerk.fill("Raison", "pièce douteuse");
    clerk.browser.follow("Faire").unwrap();
    let desk = format!("SELECT desk || ' ' || state FROM contestation WHERE id = '{id}'");
    assert_eq!(world.sql(&desk), "@officer queued", "{}", clerk.text());
    assert!(clerk.text().contains("soumis à l’officier"));
    assert!(
        !clerk.text().contains("Classer sans suite"),
        "a clerk decides nothing"
    );
}

/// One key chooses, the next page shows what will happen, one key signs.
fn decided_by_keys(world: &World, officer: &Desk<'_>, id: &str) {
    officer.open(&format!("/dossiers/{id}"));
    officer.browser.write("c").unwrap();
    wait_for("what will happen", || {
        // While a page is left there is none.
        let text = officer.browser.text().unwrap_or_default();
        Ok(text.contains("Ce qui va se passer").then_some(()))
    })
    .unwrap();
    officer.is_sound("Décider");
    assert!(
        officer.text().contains("classé sans suite")
            && officer.text().contains("Classement sans suite")
    );
    let state = format!("SELECT state FROM contestation WHERE id = '{id}'");
    assert_eq!(world.sql(&state), "claimed", "nothing is decided yet");
    officer.browser.follow("Signer et décider Entrée").unwrap();
    assert!(
        officer.text().contains("Décidé : classé sans suite"),
        "{}",
        officer.text()
    );
    assert_eq!(world.sql(&state), "decided");
    let decision = format!(
        "SELECT kind || ' ' || decided_by || ' ' || omp FROM decision WHERE contestation = '{id}'"
    );
    assert_eq!(world.sql(&decision), format!("classement leroy {OMP}"));
}

fn searched(officer: &Desk<'_>) {
    let found = |wanted: &str| {
        officer.open("/recherche");
        officer.fill("Numéro d’avis, plaque, ou mots de la contestation", wanted);
        officer.browser.follow("Chercher").unwrap();
        officer.text()
    };
    assert!(found(&(FIRST + 11).to_string()).contains("1 dossiers"));
    officer.is_sound("Recherche");
    assert!(
        found("facture jointe").contains("4 dossiers"),
        "{}",
        officer.text()
    );
    assert!(found("AA-123-AA").contains("4 dossiers"));
    for nothing in ["hélicoptère", &(FIRST + 20).to_string(), "' OR 1=1 --"] {
        assert!(
            found(nothing).contains("Aucun dossier"),
            "{nothing}: {}",
            officer.text()
        );
    }
}

/// Two files by one decision: undone in time nothing happens; left alone both are decided.
fn together(world: &World, officer: &Desk<'_>) {
    let decide = |browser: &Browser| {
        officer.open("/file");
        for n in [12, 13] {
            let label = format!("input[aria-label=\"Avis {}\"]", FIRST + n);
            browser.find(&label).unwrap().click().unwrap();
        }
        browser.follow("Voir ce qui se passerait").unwrap();
        assert!(
            officer.text().contains("Classer sans suite : 2 dossiers"),
            "{}",
            officer.text()
        );
        browser
            .follow("Signer et décider de ces 2 dossiers")
            .unwrap();
    };
    let states = format!(
        "SELECT string_agg(state, ' ') FROM contestation WHERE avis_number IN ({}, {})",
        FIRST + 12,
        FIRST + 13
    );
    decide(&officer.browser);
    officer.browser.follow("Annuler z").unwrap();
    assert!(officer.text().contains("annulé"), "{}", officer.text());
    assert_eq!(world.sql(&states), "queued queued");
    decide(&officer.browser);
    officer.is_sound("Décision sur plusieurs dossiers");
    assert_eq!(world.sql(&states), "claimed claimed");
    officer.open("/file");
    // The test's time to undo is short: it may be over when the pictures are taken.
    wait_for("both to be decided", || {
        Ok((world.sql(&states) == "decided decided").then_some(()))
    })
    .unwrap();
    officer.open("/lots");
    assert!(
        officer.text().contains("2 décidés, 0 écartés"),
        "{}",
        officer.text()
    );
}

/// A supervisor sees the work, and takes a file from whoever holds it.
fn led(service: &Service, id: &str) {
    let chef = Desk::of(service, "chef");
    chef.open("/tableau");
    chef.is_sound("Tableau de bord");
    assert!(chef.text().contains("leroy"), "{}", chef.text());
    chef.open(&format!("/dossiers/{id}"));
    chef.choose("Quoi", "Attribuer à un agent");
    chef.choose(
        "Agent, pour une attribution",
        "leroy Essai (officier du ministère public)",
    );
    chef.fill("Raison", "absence");
    chef.browser.follow("Faire").unwrap();
    assert!(chef.text().contains("attribué (leroy)"), "{}", chef.text());
    chef.open("/journal");
    chef.is_sound("Journal");
}
