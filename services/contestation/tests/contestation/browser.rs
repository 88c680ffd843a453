//! The pages in a real browser: what people do there, judged by axe-core on every page.

use std::path::PathBuf;

use cnt_testkit::{Browser, BrowserOptions, Key, axe, wait_for};

use crate::support::{Avis, PDF, Service, World};

const OMP: &str = "OMP-88-01";
const KEY: &str = "STUV6789";

/// A browser, and the folder in which pictures of the pages are left, if one is named.
struct Walk<'s> {
    browser: Browser,
    service: &'s Service,
    pictures: Option<PathBuf>,
}

impl<'s> Walk<'s> {
    fn start(service: &'s Service, options: &BrowserOptions) -> Self {
        Self {
            browser: Browser::start(options).unwrap(),
            service,
            pictures: std::env::var_os("CNT_PICTURES").map(PathBuf::from),
        }
    }

    fn open(&self, path: &str) {
        self.browser.open(&self.service.public(path)).unwrap();
    }

    /// The page has the title, and axe-core finds nothing on it: not here, and not as narrow as a telephone, where nothing
    /// is cut off either.
    fn is_sound(&self, title: &str) {
        self.picture(title);
        let found = self.browser.title().unwrap();
        assert!(
            found.starts_with(title),
            "{found}, not {title}: {}",
            self.browser.text().unwrap()
        );
        for (width, height) in [(320, 640), (1_024, 900)] {
            self.browser.resize(width, height).unwrap();
            let faults = axe(&self.browser).unwrap();
            assert!(
                faults.is_empty(),
                "{title}, {width} px:\n{}",
                faults.join("\n")
            );
            let wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth;";
            assert_eq!(
                self.browser.run(wide, &[]).unwrap(),
                0,
                "{title}, {width} px"
            );
            self.picture(&format!("{title} {width}"));
        }
    }

    fn picture(&self, name: &str) {
        if let Some(folder) = &self.pictures {
            let name: String = name
                .chars()
                .map(|one| if one.is_alphanumeric() { one } else { '-' })
                .collect();
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(
                folder.join(format!("{name}.png")),
                self.browser.screenshot().unwrap(),
            )
            .unwrap();
        }
    }

    fn shows(&self, text: &str) {
        // The driver gives blanks that do not break as those that do.
        let page = self.browser.text().unwrap();
        assert!(page.contains(text), "no {text:?}: {page}");
    }

    fn fill(&self, label: &str, text: &str) {
        self.browser.field(label).unwrap().fill(text).unwrap();
    }

    /// Opens a file with number and key.
    fn enters(&self, avis: u64, key: &str) {
        self.open("/");
        self.fill("Numéro de l’avis", &avis.to_string());
        self.fill("Clé du dossier", key);
        self.browser.follow("Ouvrir mon dossier").unwrap();
    }

    /// A field says what is wrong with it, is tied to what says so, and the summary leads to it.
    fn is_wrong(&self, label: &str, told: &str) {
        let field = self.browser.field(label).unwrap();
        assert_eq!(field.attribute("aria-invalid").unwrap(), "true", "{label}");
        let id = field.attribute("id").unwrap();
        let described = field.attribute("aria-describedby").unwrap();
        let error = format!("erreur-{id}");
        assert!(described.split(' ').any(|one| one == error), "{described}");
        let said = self
            .browser
            .find(&format!("#{error}"))
            .unwrap()
            .text()
            .unwrap();
        assert!(said.contains(told), "{said}");
        let link = self
            .browser
            .find(&format!(".erreurs a[href=\"#{id}\"]"))
            .unwrap();
        link.click().unwrap();
        assert_eq!(self.browser.focused().unwrap().attribute("id").unwrap(), id);
    }
}

/// What is not filled in or wrong is said; what was typed stays, but for the key.
fn errors_are_shown(walk: &Walk<'_>, avis: u64) {
    walk.open("/");
    walk.is_sound("Ouvrir mon dossier");
    walk.browser.follow("Ouvrir mon dossier").unwrap();
    walk.is_sound("Erreur – Ouvrir mon dossier");
    walk.is_wrong("Numéro de l’avis", "dix chiffres");
    walk.is_wrong("Clé du dossier", "Saisissez la clé");
    walk.enters(avis, "AAAA2222");
    walk.is_wrong("Clé du dossier", "Aucun avis");
    let number = walk.browser.field("Numéro de l’avis").unwrap();
    assert_eq!(number.value().unwrap(), avis.to_string());
    assert_eq!(
        walk.browser
            .field("Clé du dossier")
            .unwrap()
            .value()
            .unwrap(),
        ""
    );
}

fn a_file_is_read(walk: &Walk<'_>, avis: u64) {
    walk.enters(avis, "stuv 6789");
    walk.is_sound("Avis n° 9900\u{a0}800\u{a0}201");
    for text in [
        "À payer ou à contester",
        "90,00 €",
        "4 janvier 2027",
        "Avis de contravention du",
    ] {
        walk.shows(text);
    }
    assert!(!walk.browser.address().unwrap().contains(KEY));
    walk.browser
        .named("Avis de contravention du")
        .unwrap()
        .click()
        .unwrap();
    let name = format!("avis-{avis}-ACO-1.pdf");
    assert_eq!(walk.browser.downloaded(&name).unwrap(), PDF);
}

fn it_is_contested(walk: &Walk<'_>, world: &World, avis: u64) {
    walk.browser.follow("Contester l’infraction").unwrap();
    walk.is_sound("Contester l’infraction");
    walk.browser.follow("Cas n° 2").unwrap();
    walk.is_sound("Quelqu’un d’autre conduisait");
    walk.browser.follow("Envoyer ma contestation").unwrap();
    walk.is_sound("Erreur – Quelqu’un d’autre conduisait");
    walk.is_wrong("Numéro du permis", "R49-16");
    walk.open("/dossier/contester");
    walk.browser.follow("Cas n° 3").unwrap();
    walk.is_sound("Un autre motif");
    let page = walk.browser.file("page.html", b"<html>").unwrap();
    walk.browser
        .field("Pièces jointes")
        .unwrap()
        .type_in(page.to_str().unwrap())
        .unwrap();
    walk.browser.follow("Envoyer ma contestation").unwrap();
    walk.is_sound("Erreur – Un autre motif");
    walk.is_wrong("Vos explications", "pourquoi");
    walk.is_wrong("Pièces jointes", "« page.html » n’est ni un PDF");
    let receipt = walk
        .browser
        .file("quittance.pdf", b"%PDF-1.4 quittance")
        .unwrap();
    walk.fill(
        "Vos explications",
        "J’étais à l’étranger.\nVoir la quittance <jointe>.",
    );
    walk.browser
        .field("Pièces jointes")
        .unwrap()
        .type_in(receipt.to_str().unwrap())
        .unwrap();
    walk.browser.follow("Envoyer ma contestation").unwrap();
    walk.is_sound("Contestation enregistrée");
    walk.shows("Reçue le\n23 novembre 2026");
    walk.service.lives_in(avis, "contested");
    let sql = format!("SELECT motivation FROM contestation WHERE avis_number = {avis}");
    assert_eq!(
        world.sql(&sql),
        "J’étais à l’étranger.\nVoir la quittance <jointe>."
    );
    let sql = format!(
        "SELECT media FROM attachment a JOIN contestation c ON c.id = a.contestation WHERE avis_number = {avis}"
    );
    assert_eq!(world.sql(&sql), "application/pdf");
    // What edition does with the request.
    world.announce(&[Avis::new(avis, OMP, "2026-10-01").letter("ACE")]);
    let link = "Télécharger l’accusé d’enregistrement";
    wait_for("the receipt", || {
        if walk.browser.named(link).is_ok() {
            return Ok(Some(()));
        }
        walk.browser.follow("Actualiser la page")?;
        Ok(None)
    })
    .unwrap();
    walk.browser.named(link).unwrap().click().unwrap();
    let name = format!("avis-{avis}-ACE-1.pdf");
    assert_eq!(walk.browser.downloaded(&name).unwrap(), PDF);
}

fn the_rest_is_asked(walk: &Walk<'_>) {
    walk.open("/dossier/adresse");
    walk.is_sound("Déclarer une nouvelle adresse");
    walk.fill("Numéro et voie", "12 rue de la Gare");
    walk.fill("Code postal", "ABCDE");
    walk.fill("Localité", "Brest");
    walk.browser.follow("Déclarer cette adresse").unwrap();
    walk.is_sound("Erreur – Déclarer une nouvelle adresse");
    walk.is_wrong("Code postal", "cinq chiffres");
    walk.fill("Code postal", "29200");
    walk.browser.follow("Déclarer cette adresse").unwrap();
    walk.is_sound("Nouvelle adresse enregistrée");
    walk.open("/dossier/photographies");
    walk.is_sound("Photographie de l’infraction");
    walk.browser.follow("Demander la photographie").unwrap();
    walk.is_sound("Photographie de l’infraction");
    walk.shows("en cours d’examen");
    walk.open("/dossier/proces-verbal");
    walk.is_sound("Procès-verbal de l’infraction");
    walk.browser.follow("Demander le procès-verbal").unwrap();
    walk.is_sound("Procès-verbal demandé");
    wait_for("both wishes in the file", || {
        walk.open("/dossier");
        let page = walk.browser.text()?;
        Ok((page.contains("Nouvelle adresse") && page.contains("Procès-verbal, le")).then_some(()))
    })
    .unwrap();
    walk.is_sound("Avis n°");
    walk.shows("Contestation en cours d’examen");
    walk.browser.follow("Quitter le dossier").unwrap();
    walk.is_sound("Ouvrir mon dossier");
    walk.open("/dossier");
    walk.is_sound("Votre dossier n’est plus ouvert");
    walk.open("/nulle-part");
    walk.is_sound("Cette page n’existe pas");
}

/// Without a mouse, without scripts: Tab and Enter lead from the entry to a designation that is registered.
fn a_driver_is_named_by_keyboard(service: &Service, world: &World, avis: u64) {
    let options = BrowserOptions {
        has_scripts: false,
        ..BrowserOptions::default()
    };
    let walk = Walk::start(service, &options);
    let to = |label: &str| {
        for _ in 0..60 {
            walk.browser.press(&[Key::Tab]).unwrap();
            let focused = walk.browser.focused().unwrap();
            if focused.label().unwrap().starts_with(label) {
                return;
            }
        }
        panic!(
            "the keyboard does not reach {label:?}: {}",
            walk.browser.text().unwrap()
        );
    };
    let pressed = || {
        let before = walk.browser.find("html").unwrap();
        walk.browser.press(&[Key::Enter]).unwrap();
        wait_for("the next page", || Ok(before.is_gone().then_some(()))).unwrap();
    };
    walk.open("/");
    // The first stop is the way past the head of the page.
    to("Aller au contenu");
    walk.browser.press(&[Key::Enter]).unwrap();
    to("Numéro de l’avis");
    walk.browser.write(&avis.to_string()).unwrap();
    to("Clé du dossier");
    walk.browser.write(KEY).unwrap();
    pressed();
    to("Contester l’infraction");
    pressed();
    to("Cas n° 2");
    pressed();
    for (label, text) in [
        ("Nom", "Martin"),
        ("Prénoms", "Zoé"),
        ("Date de naissance", "3/2/1990"),
        ("Lieu de naissance", "Vannes"),
        ("Numéro du permis", "12AB34567"),
        ("Numéro et voie", "3 rue du Four"),
        ("Code postal", "35000"),
        ("Localité", "Rennes"),
    ] {
        to(label);
        walk.browser.write(text).unwrap();
    }
    to("Envoyer ma contestation");
    pressed();
    assert!(
        walk.browser
            .title()
            .unwrap()
            .starts_with("Contestation enregistrée"),
        "{}",
        walk.browser.text().unwrap()
    );
    service.lives_in(avis, "contested");
    let sql = "SELECT birth || ' ' || licence FROM named_driver d JOIN contestation c ON c.id = d.contestation \
               WHERE avis_number = ";
    assert_eq!(world.sql(&format!("{sql}{avis}")), "1990-02-03 12AB34567");
}

fn guessing_ends(walk: &Walk<'_>, avis: u64) {
    for _ in 0..5 {
        walk.enters(avis, "AAAA2222");
    }
    walk.enters(avis, KEY);
    walk.is_sound("Trop de tentatives");
}

#[test]
fn people_find_their_way() {
    let world = World::start();
    let service = Service::start(&world);
    let avis = [9_900_800_201, 9_900_800_202, 9_900_800_203];
    let announced = avis.map(|avis| Avis::new(avis, OMP, "2026-10-01").with_key(KEY));
    world.announce(&announced);
    for avis in avis {
        service.lives_in(avis, "sent");
    }
    let walk = Walk::start(&service, &BrowserOptions::default());
    errors_are_shown(&walk, avis[0]);
    a_file_is_read(&walk, avis[0]);
    it_is_contested(&walk, &world, avis[0]);
    the_rest_is_asked(&walk);
    a_driver_is_named_by_keyboard(&service, &world, avis[1]);
    guessing_ends(&walk, avis[2]);
    service.stop();
}
