//! Every proof verifies, every changed bit is refused.

use cnt_evidence::{
    Checkpoint, Commitment, Frontier, Hash, Nodes as _, ProofBundle, ProofError, Salt, SigningKey,
    TileId, TileStore as _, TreeHead, consistency, grow, inclusion, root_of, verify_consistency,
    verify_inclusion,
};
use proptest::prelude::*;

use crate::support::{Dir, Log, entry, key};

/// Sizes about the powers of two and the borders of tiles.
fn sizes() -> impl Strategy<Value = u64> {
    let border = prop_oneof![
        (0_u32..10).prop_map(|power| 1_u64 << power),
        (1_u64..5).prop_map(|tiles| tiles * 256),
    ];
    prop_oneof![
        2 => (border, 0_u64..3).prop_map(|(border, by)| (border + by).saturating_sub(1).max(1)),
        1 => 1_u64..1_200,
    ]
}

fn flipped(hash: Hash, bit: usize) -> Hash {
    let mut bytes = *hash.as_bytes();
    bytes[bit / 8 % 32] ^= 1 << (bit % 8);
    Hash::from_bytes(bytes)
}

fn every_change_of_an_inclusion_is_refused(
    leaf: Hash,
    index: u64,
    tree: TreeHead,
    path: &[Hash],
    bit: usize,
) {
    let refused = |leaf, index, tree: TreeHead, path: &[Hash]| {
        assert!(verify_inclusion(leaf, index, &tree, path).is_err());
    };
    refused(flipped(leaf, bit), index, tree, path);
    let root = flipped(tree.root, bit);
    refused(leaf, index, TreeHead { root, ..tree }, path);
    for place in 0..path.len() {
        let mut changed = path.to_vec();
        changed[place] = flipped(changed[place], bit);
        refused(leaf, index, tree, &changed);
        changed.remove(place);
        refused(leaf, index, tree, &changed);
    }
    refused(leaf, index, tree, &[path, &[leaf]].concat());
    for power in 0..64 {
        refused(leaf, index ^ (1 << power), tree, path);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_log_grown_in_any_steps_proves_each_leaf_and_each_step(
        mut steps in prop::collection::vec(sizes(), 1..5),
        pick in any::<prop::sample::Index>(),
        bit in 0_usize..256,
    ) {
        steps.sort_unstable();
        let log = Log::grown(&steps);
        let (tree, last) = (log.tree(), log.last());
        prop_assert_eq!(root_of(&tree, last.size).unwrap(), last.root);
        let index = pick.index(usize::try_from(last.size).unwrap()) as u64;
        let path = inclusion(&tree, index, last.size).unwrap();
        let leaf = entry(index).leaf();
        prop_assert_eq!(verify_inclusion(leaf, index, &last, &path), Ok(()));
        every_change_of_an_inclusion_is_refused(leaf, index, last, &path, bit);
        for head in &log.heads {
            let path = consistency(&tree, head.size, last.size).unwrap();
            prop_assert_eq!(verify_consistency(head, &last, &path), Ok(()));
            let changed = TreeHead { root: flipped(head.root, bit), ..*head };
            prop_assert!(verify_consistency(&changed, &last, &path).is_err());
            let changed = TreeHead { root: flipped(last.root, bit), ..last };
            prop_assert!(verify_consistency(head, &changed, &path).is_err());
            for place in 0..path.len() {
                let mut changed = path.clone();
                changed[place] = flipped(changed[place], bit);
                prop_assert!(verify_consistency(head, &last, &changed).is_err());
                changed.remove(place);
                prop_assert!(verify_consistency(head, &last, &changed).is_err());
            }
            let longer = [path.as_slice(), &[leaf]].concat();
            prop_assert!(verify_consistency(head, &last, &longer).is_err());
        }
    }

    #[test]
    fn every_changed_byte_of_a_checkpoint_is_refused(size in any::<u64>(), by in 1_u8..128) {
        let tree = TreeHead { size, root: Hash::of(&size.to_be_bytes()) };
        let note = Checkpoint::sign(&tree, &key()).unwrap();
        for place in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[place] ^= by;
            if let Ok(changed) = String::from_utf8(bytes) {
                let opened = Checkpoint::open(&changed, key().verifier());
                prop_assert!(opened.is_err(), "{}", changed);
            }
        }
    }
}

#[test]
fn what_is_not_in_the_tree_is_refused() {
    let log = Log::grown(&[300]);
    let (tree, last) = (log.tree(), log.last());
    let leaf = entry(0).leaf();
    assert!(inclusion(&tree, 300, 300).unwrap().is_empty());
    assert!(matches!(
        verify_inclusion(leaf, 300, &last, &[]),
        Err(ProofError::OutOfRange { .. })
    ));
    let larger = TreeHead { size: 301, ..last };
    assert!(verify_consistency(&larger, &last, &[]).is_err());
    assert!(tree.node(0, 300).is_err());
    assert!(tree.node(9, 0).is_err());
    assert!(tree.node(63, 1).is_err());
    assert!(tree.node(64, 0).is_err());
    assert!(tree.node(8, 0).is_ok());
}

#[test]
fn growing_again_writes_the_same_and_a_torn_tile_is_told() {
    let log = Log::grown(&[255, 256, 700]);
    let store = Dir(log.folder.path().to_owned());
    let edge = TileId {
        level: 0,
        index: 2,
        width: 700 - 512,
    }
    .path();
    let before = store.read(&edge).unwrap();
    let entries: Vec<_> = (256..700).map(entry).collect();
    grow(&store, 256, &entries).unwrap();
    assert_eq!(store.read(&edge).unwrap(), before);
    store.write(&edge, &before[1..]).unwrap();
    assert!(log.tree().node(0, 512).is_err());
    assert!(grow(&store, 700, &[entry(700)]).is_err());
}

#[test]
fn a_bundle_stands_alone() {
    let (salt, document) = (Salt::from_bytes([3; 32]), b"a PDF".as_slice());
    let commitment = Commitment::new(&salt, &Hash::of(document), "7500000012/ACO/1");
    let mut frontier = Frontier::default();
    frontier.append_all([commitment.leaf(), entry(1).leaf()]);
    let bundle = ProofBundle {
        version: 1,
        about: "7500000012/ACO/1".to_owned(),
        sha256: Hash::of(document),
        salt,
        index: 0,
        path: vec![entry(1).leaf()],
        checkpoint: Checkpoint::sign(&frontier.head(), &key()).unwrap(),
    };
    let text = serde_json::to_string(&bundle).unwrap();
    let read: ProofBundle = serde_json::from_str(&text).unwrap();
    assert_eq!(read, bundle);
    let verifier = key().verifier().clone();
    assert_eq!(read.verify(&verifier, Some(document)).unwrap().tree.size, 2);
    assert!(read.verify(&verifier, Some(b"another PDF")).is_err());
    let stranger = SigningKey::from_seed("archive.example/cnt", &[8; 32]).unwrap();
    assert!(read.verify(stranger.verifier(), Some(document)).is_err());
    let another = ProofBundle {
        about: "7500000013/ACO/1".to_owned(),
        ..read.clone()
    };
    assert!(another.verify(&verifier, None).is_err());
    let salted = ProofBundle {
        salt: Salt::from_bytes([4; 32]),
        ..read.clone()
    };
    assert!(salted.verify(&verifier, None).is_err());
    assert!(
        ProofBundle { version: 2, ..read }
            .verify(&verifier, None)
            .is_err()
    );
}
