//! Known answers: the reference implementation of RFC 6962 and the documentation of Go's `sumdb/note`.

use cnt_evidence::{
    Checkpoint, Commitment, Frontier, Hash, Nodes, NoteError, Salt, SigningKey, TileId, TreeHead,
    VerifierKey, consistency, empty_root, entries_path, inclusion, leaf_hash, node_hash, root_of,
};

const ENTRIES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn leaves() -> Vec<Hash> {
    ENTRIES
        .iter()
        .map(|entry| leaf_hash(&hex::decode(entry).unwrap()))
        .collect()
}

fn hashes(texts: &[&str]) -> Vec<Hash> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// Nodes counted straight from the leaves.
struct Plain(Vec<Hash>);

impl Nodes for Plain {
    type Error = std::convert::Infallible;

    fn node(&self, level: u32, index: u64) -> Result<Hash, Self::Error> {
        if level == 0 {
            return Ok(self.0[usize::try_from(index).unwrap()]);
        }
        let left = self.node(level - 1, index * 2)?;
        Ok(node_hash(&left, &self.node(level - 1, index * 2 + 1)?))
    }
}

#[test]
fn roots_are_those_of_the_reference_implementation() {
    assert_eq!(
        empty_root().to_string(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    let mut frontier = Frontier::default();
    assert_eq!(frontier.root(), empty_root());
    let plain = Plain(leaves());
    for (size, (leaf, root)) in (1..).zip(leaves().into_iter().zip(ROOTS)) {
        frontier.append(leaf);
        assert_eq!(frontier.root().to_string(), root);
        assert_eq!(root_of(&plain, size).unwrap().to_string(), root);
        let kept = Frontier::from_parts(size, frontier.peaks().to_vec()).unwrap();
        assert_eq!(kept, frontier);
        assert!(Frontier::from_parts(size + 1, Vec::new()).is_err());
    }
}

#[test]
fn proofs_are_those_of_the_reference_implementation() {
    let plain = Plain(leaves());
    let expected = hashes(&[
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]);
    assert_eq!(inclusion(&plain, 0, 8).unwrap(), expected);
    let expected = hashes(&[
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]);
    assert_eq!(consistency(&plain, 6, 8).unwrap(), expected);
}

const PRIVATE: &str =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const TEXT: &str = "If you think cryptography is the answer to your problem,\n\
                    then you don't know what your problem is.\n";
const SIGNATURE: &str = "\u{2014} PeterNeumann \
     x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn a_note_is_signed_as_go_documents_it() {
    let key = SigningKey::parse(PRIVATE).unwrap();
    assert_eq!(key.verifier().to_string(), PUBLIC);
    let note = key.sign(TEXT).unwrap();
    assert_eq!(note, format!("{TEXT}\n{SIGNATURE}"));
    let verifier: VerifierKey = PUBLIC.parse().unwrap();
    assert_eq!(verifier.open(&note).unwrap(), TEXT);
    assert_eq!(format!("{key:?}"), "SigningKey(PeterNeumann)");
    // A signature of a stranger is passed over, one in our name that fails is not.
    let stranger = SigningKey::from_seed("stranger", &[1; 32]).unwrap();
    let other = stranger.sign(TEXT).unwrap();
    let both = format!("{other}{SIGNATURE}");
    assert_eq!(verifier.open(&both).unwrap(), TEXT);
    assert_eq!(verifier.open(&other), Err(NoteError::Unsigned));
    let altered = note.replace("answer", "Answer");
    assert_eq!(verifier.open(&altered), Err(NoteError::Signature));
    assert_eq!(
        verifier.open(note.trim_end()),
        Err(NoteError::Malformed),
        "the last line ends"
    );
    let wrong_id = PUBLIC.replace("c74f20a3", "c74f20a4");
    assert_eq!(wrong_id.parse::<VerifierKey>(), Err(NoteError::Key));
    for name in ["", "a b", "a+b"] {
        assert!(matches!(
            SigningKey::from_seed(name, &[1; 32]),
            Err(NoteError::Name)
        ));
    }
    let text = SigningKey::encode("cnt", &[9; 32]).unwrap();
    let again = SigningKey::parse(&text).unwrap();
    let made = SigningKey::from_seed("cnt", &[9; 32]).unwrap();
    assert_eq!(again.verifier(), made.verifier());
}

#[test]
fn a_checkpoint_has_the_published_form() {
    let key = SigningKey::from_seed("archive.example/cnt", &[7; 32]).unwrap();
    let root = Hash::from_bytes([0; 32]);
    let tree = TreeHead { size: 42, root };
    let note = Checkpoint::sign(&tree, &key).unwrap();
    let root = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    assert!(note.starts_with(&format!(
        "archive.example/cnt\n42\n{root}\n\n\u{2014} archive.example/cnt "
    )));
    assert_eq!(Checkpoint::open(&note, key.verifier()).unwrap().tree, tree);
    for text in [
        format!("archive.example/cnt\n042\n{root}\n"),
        format!("archive.example/cnt\n+42\n{root}\n"),
        "archive.example/cnt\n42\nAAAA\n".to_owned(),
        "archive.example/cnt\n42\n".to_owned(),
        format!("another\n42\n{root}\n"),
    ] {
        let note = key.sign(&text).unwrap();
        assert!(Checkpoint::open(&note, key.verifier()).is_err(), "{text}");
    }
}

#[test]
fn a_commitment_is_the_plain_hash_of_salt_document_and_about() {
    let (salt, document) = (Salt::from_bytes([1; 32]), Hash::of(b"a PDF"));
    let bytes = [
        &[1; 32],
        document.as_bytes(),
        b"7500000012/ACO/1".as_slice(),
    ]
    .concat();
    let commitment = Commitment::new(&salt, &document, "7500000012/ACO/1");
    assert_eq!(commitment.as_bytes(), Hash::of(&bytes).as_bytes());
    assert_eq!(commitment.leaf(), leaf_hash(commitment.as_bytes()));
    assert_eq!(format!("{salt:?}"), "***");
}

#[test]
fn paths_are_those_of_tlog_tiles() {
    let tile = |level, index, width| {
        TileId {
            level,
            index,
            width,
        }
        .path()
    };
    assert_eq!(tile(0, 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(tile(1, 0, 12), "tile/1/000.p/12");
    assert_eq!(tile(0, 1_000, 256), "tile/0/x001/000");
    assert_eq!(entries_path(999, 8), "tile/entries/999.p/8");
}
