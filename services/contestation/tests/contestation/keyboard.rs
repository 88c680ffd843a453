//! The console without a mouse.

use cnt_testkit::{Browser, BrowserOptions, Key, wait_for};

use crate::console::{FIRST, OMP, PASSWORD, code, contested, set_up};
use crate::officers::install;
use crate::support::{Service, World};

/// From the log-in to the signature, no hand leaves the keyboard.
#[test]
fn a_keyboard_is_enough() {
    let world = World::start();
    install(&world.stack.directory().join("officers"), OMP);
    let service = Service::start(&world);
    set_up(&service, "leroy", OMP, "officer");
    let id = contested(&world, &service, FIRST + 30, OMP);
    let browser = Browser::start(&BrowserOptions::default()).unwrap();
    let shows = |text: &str| {
        wait_for(text, || {
            // While a page is left there is none.
            Ok(browser
                .text()
                .unwrap_or_default()
                .contains(text)
                .then_some(()))
        })
        .unwrap();
    };
    browser.open(&service.console("/")).unwrap();
    browser.write("leroy").unwrap();
    browser.press(&[Key::Tab]).unwrap();
    browser.write(PASSWORD).unwrap();
    browser.press(&[Key::Tab]).unwrap();
    browser.write(&code()).unwrap();
    browser.press(&[Key::Enter]).unwrap();
    shows("File de travail");
    browser.write("n").unwrap();
    shows("Vous tenez ce dossier");
    browser.write("c").unwrap();
    shows("Ce qui va se passer");
    browser.press(&[Key::Enter]).unwrap();
    shows("Décidé : classé sans suite");
    let state = format!("SELECT state FROM contestation WHERE id = '{id}'");
    assert_eq!(world.sql(&state), "decided");
    service.stop();
}
