//! Photographs: for the OMP of the avis as they are, for the addressee with the key as masked copies.

use cnt_contracts::hex32::Hex32;
use cnt_testkit::wait_for;
use cnt_vault::{LocalStore, LotAbout, LotId, LotKind, LotWriter, MemberInput, ObjectStore as _};
use image::codecs::png::PngEncoder;
use image::{Rgb, RgbImage};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::portal::Client;
use crate::support::{Avis, Service, World};

const KEY: &str = "ABCD2345";
const OMP: &str = "35-TP-RENNES";
const AVIS: u64 = 9_900_000_501;

fn white() -> Vec<u8> {
    let mut bytes = Vec::new();
    RgbImage::from_pixel(20, 10, Rgb([255, 255, 255]))
        .write_with_encoder(PngEncoder::new(&mut bytes))
        .unwrap();
    bytes
}

/// An avis whose MIF names two photographs, of which one was handed in.
fn announce(world: &World, photo: &[u8]) -> (String, String) {
    let store = LocalStore::new(world.stack.objects_dir());
    let id = LotId::of(photo);
    store.put_bytes(LotKind::Photo, id, photo).unwrap();
    let (received, missing) = (Hex32(*id.as_bytes()), Hex32([7; 32]));
    let avis = Avis::new(AVIS, OMP, "2026-11-10").with_key(KEY);
    let meta = |siren: &str, id_mif: Uuid, photos: &[Hex32]| {
        json!({"reception": id_mif, "received_at_us": 1, "registry_version": 1, "station": Hex32::default(),
            "verdict": "accepted", "station_siren": siren, "id_mif": id_mif, "photos": photos})
    };
    let mut writer = LotWriter::new(
        LotKind::Verdict,
        LotAbout::new("2026-11-19T20:00:00Z".parse().unwrap(), "test", "0"),
    )
    .unwrap();
    // Another MIF, and one of another collectivity with the same identity.
    let (ours, others) = ("213502388", "217500016");
    let members = [
        (ours, Uuid::from_u128(1), vec![Hex32([8; 32])]),
        (others, avis.id_mif(), vec![Hex32([9; 32])]),
        (ours, avis.id_mif(), vec![missing, received]),
    ];
    let members = members
        .iter()
        .zip(1_u128..)
        .map(|((siren, id_mif, photos), n)| {
            let meta = meta(siren, *id_mif, photos);
            MemberInput::new(Uuid::from_u128(n).to_string(), b"e.y.J".to_vec(), &meta).unwrap()
        })
        .collect();
    writer.add_members(members).unwrap();
    let lot = writer.finish().unwrap();
    store.put(&lot).unwrap();
    world.announce_made_of(&[avis], Hex32(*lot.id().as_bytes()));
    (received.to_string(), missing.to_string())
}

fn json_of(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

struct Case {
    world: World,
    service: Service,
    received: String,
    missing: String,
}

const OPERATOR: [(&str, &str); 2] = [("CNT-User", "officier"), ("CNT-Omp", OMP)];
const STRANGER: [(&str, &str); 2] = [("CNT-User", "officier"), ("CNT-Omp", "75-TP-PARIS")];
const ADDRESSEE: [(&str, &str); 1] = [("CNT-Key", KEY)];
const GUESSER: [(&str, &str); 1] = [("CNT-Key", "ABCD2346")];
const REQUEST: Uuid = Uuid::from_u128(77);

impl Case {
    fn start() -> Self {
        let world = World::start();
        let service = Service::start(&world);
        let (received, missing) = announce(&world, &white());
        Self {
            world,
            service,
            received,
            missing,
        }
    }

    fn status(&self, path: &str, headers: &[(&str, &str)]) -> u16 {
        self.service.asked(path, headers, None).0
    }

    fn json(&self, path: &str, headers: &[(&str, &str)]) -> Value {
        json_of(&self.service.asked(path, headers, None).2)
    }

    /// Posts; the status and the answer.
    fn posted(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> (u16, Value) {
        let (status, _, answer) = self.service.asked(path, headers, Some(body));
        (status, json_of(&answer))
    }

    /// The OMP sees the photographs of its own avis, and each look is journalled.
    fn is_shown_to_its_omp_alone(&self) {
        let list = format!("/v1/avis/{AVIS}/photos");
        wait_for("the avis", || {
            Ok((self.status(&list, &OPERATOR) == 200).then_some(()))
        })
        .unwrap();
        let (received, missing) = (&self.received, &self.missing);
        assert_eq!(
            self.json(&list, &OPERATOR)["photos"],
            json!([{"sha256": missing, "received": false}, {"sha256": received, "received": true}])
        );
        let shown = self
            .service
            .asked(&format!("{list}/{received}"), &OPERATOR, None);
        assert_eq!(shown, (200, "image/png".to_owned(), white()));
        // The last is of another MIF of the lot.
        for (path, headers) in [
            (list.clone(), &STRANGER),
            (format!("{list}/{received}"), &STRANGER),
            (format!("{list}/{missing}"), &OPERATOR),
            (format!("{list}/{}", Hex32([8; 32])), &OPERATOR),
        ] {
            assert_eq!(self.status(&path, headers), 404, "{path}");
        }
        let journal = "SELECT who, encode(seen, 'hex') FROM photo_consultation";
        assert_eq!(self.world.sql(journal), format!("officier|{received}"));
    }

    /// The officer masks the left half; an answer that forgets the photograph, or masks outside it, is none.
    fn is_answered(&self, requests: &str) -> String {
        let answer = format!("{requests}/{REQUEST}/answer");
        let received = &self.received;
        let mask = |x: u32| json!({"photos": [{"sha256": received, "masks": [{"x": x, "y": 0, "width": 10, "height": 10}]}]});
        for (body, code) in [
            (json!({"photos": []}), "photos_incomplete"),
            (mask(11), "mask"),
        ] {
            let (status, refused) = self.posted(&answer, &OPERATOR, &body);
            assert_eq!((status, &refused["code"]), (422, &json!(code)));
        }
        assert_eq!(self.posted(&answer, &STRANGER, &mask(0)).0, 404);
        let (_, given) = self.posted(&answer, &OPERATOR, &mask(0));
        assert_eq!(self.posted(&answer, &OPERATOR, &mask(0)).0, 409);
        given["photos"][0].as_str().unwrap().to_owned()
    }
}

impl Case {
    fn is_on_the_pages(&self, copy: &str, body: &[u8]) {
        let client = Client::opened(&self.service, AVIS, KEY);
        let url = |path: &str| self.service.public(path);
        let page = client.get(&url("/dossier/photographies")).text();
        let place = |hash: &str| format!("/dossier/photographies/{REQUEST}/{hash}");
        assert!(page.contains(&place(copy)), "{page}");
        assert_eq!(client.get(&url(&place(copy))).body, body);
        assert_eq!(client.get(&url(&place(&self.received))).status, 404);
    }
}

#[test]
fn photographs_are_shown_to_the_omp_and_given_masked_to_the_addressee() {
    let case = Case::start();
    case.is_shown_to_its_omp_alone();

    // The addressee asks, twice by the same id.
    let requests = format!("/v1/avis/{AVIS}/photo-requests");
    let asked = json!({"id": REQUEST});
    for _ in 0..2 {
        let (status, told) = case.posted(&requests, &ADDRESSEE, &asked);
        assert_eq!((status, &told["photos"]), (202, &json!([])));
    }
    assert_eq!(case.posted(&requests, &GUESSER, &asked).0, 404);
    let open = format!("/v1/omp/{OMP}/photo-requests");
    let waiting = case.json(&open, &OPERATOR);
    assert_eq!(waiting["requests"].as_array().map(Vec::len), Some(1));
    assert_eq!(waiting["requests"][0]["id"], json!(REQUEST));
    let copy = case.is_answered(&requests);
    assert_ne!(copy, case.received);
    assert_eq!(case.json(&open, &OPERATOR)["requests"], json!([]));

    // With the key the copy is fetched, never the original.
    let told = case.json(&format!("{requests}/{REQUEST}"), &ADDRESSEE);
    assert_eq!(told["photos"], json!([copy]));
    let path = format!("{requests}/{REQUEST}/photos/{copy}");
    let (status, media, body) = case.service.asked(&path, &ADDRESSEE, None);
    assert_eq!((status, media.as_str()), (200, "image/png"));
    let seen = image::load_from_memory(&body).unwrap().into_rgb8();
    assert_eq!(seen.get_pixel(9, 9), &Rgb([0, 0, 0]));
    assert_eq!(seen.get_pixel(10, 0), &Rgb([255, 255, 255]));
    let original = format!("{requests}/{REQUEST}/photos/{}", case.received);
    assert_eq!(case.status(&original, &ADDRESSEE), 404);
    let journal = "SELECT count(*) FROM photo_consultation WHERE who = 'addressee'";
    assert_eq!(case.world.sql(journal), "1");
    case.is_on_the_pages(&copy, &body);

    // Four more wrong keys, and the right one rests too.
    for _ in 0..4 {
        assert_eq!(case.status(&original, &GUESSER), 404);
    }
    let (status, _, refused) = case.service.asked(&original, &ADDRESSEE, None);
    assert_eq!(status, 429);
    assert_eq!(json_of(&refused)["code"], "too_many_guesses");
    case.service.stop();
}
