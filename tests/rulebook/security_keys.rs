//! Signatures of security keys (`sk-`), put together by hand because no such device is here, and shown to `ssh-keygen` too.

use std::process::{Command, Stdio};

use relevo::rulebook::{self, Charter, File};
use sha2::{Digest, Sha256};
use ssh_key::private::{EcdsaKeypair, Ed25519Keypair, KeypairData};
use ssh_key::{EcdsaCurve, HashAlg, PrivateKey, Signature, SigningKey, SshSig};

use crate::ssh::{NAMESPACE, Person, charter};

const RULEBOOK: &str = include_str!("../kafka/data/rulebook.yaml");
/// What OpenSSH registers keys for.
const APPLICATION: &str = "ssh:";
/// What a key writes behind its signature: flags and a counter. Somebody was there, the first use.
const TOUCHED: [u8; 5] = [1, 0, 0, 0, 1];
/// Nobody touched it; and somebody's finger was known to it, as it says, without having been there.
const UNTOUCHED: [[u8; 5]; 2] = [[0, 0, 0, 0, 1], [4, 0, 0, 0, 1]];

/// A string as SSH writes it: its length, then its bytes.
fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("short").to_be_bytes();
    [&length[..], bytes].concat()
}

/// What a device signs for a message.
fn device_data(message: &[u8], trailer: [u8; 5]) -> Vec<u8> {
    [&Sha256::digest(APPLICATION)[..], &trailer, &Sha256::digest(message)].concat()
}

fn sign(key: &impl SigningKey, message: &[u8]) -> Signature {
    key.try_sign(message).expect("it signs")
}

/// A key's line without its name, and the armoured signature of the rulebook.
fn by_hand(kind: &str, public: &[u8], signature: &[u8], trailer: [u8; 5]) -> (String, String) {
    let base64 = data_encoding::BASE64;
    let key = [string(kind.as_bytes()), public.to_vec(), string(APPLICATION.as_bytes())].concat();
    let signature = [string(kind.as_bytes()), string(signature), trailer.to_vec()].concat();
    let all = [
        b"SSHSIG".to_vec(),
        1_u32.to_be_bytes().to_vec(),
        string(&key),
        string(NAMESPACE.as_bytes()),
        string(b""),
        string(b"sha512"),
        string(&signature),
    ]
    .concat();
    let body = base64.encode(&all);
    let lines: Vec<&str> = (0..body.len()).step_by(70).map(|start| &body[start..body.len().min(start + 70)]).collect();
    let armoured = format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n"));
    (format!("{kind} {}", base64.encode(&key)), armoured)
}

/// `refused`: it does not count for this, though `ssh-keygen` takes it.
fn check(key: &str, signature: &str, refused: Option<u16>) {
    let eva = Person::new("eva@example.com");
    let signers = format!("ana@example.com {key}\n{}", eva.line());
    let text = charter("ana@example.com", "eva@example.com");
    let charter =
        Charter::read(File { name: "charter.yaml", bytes: text.as_bytes() }, File { name: "allowed_signers", bytes: signers.as_bytes() });
    let charter = charter.unwrap_or_else(|found| panic!("{found:#?}"));
    let at = rulebook::compile(RULEBOOK.as_bytes(), "rulebook").expect("it compiles").effective_from;
    let judge = |text: &str| {
        let both = signature.to_owned() + &eva.signs(text);
        charter.tally::<rulebook::Rulebook>(text.as_bytes(), at, File { name: "0001.sigs", bytes: both.as_bytes() })
    };
    let found = judge(RULEBOOK);
    assert_eq!(found.is_agreed(), refused.is_none(), "{:#?}", found.findings);
    assert_eq!(found.findings.first().map(|finding| finding.code.number), refused);
    let other = judge(&RULEBOOK.replace("50", "51"));
    assert_eq!(other.findings[0].code.number, 2124, "{:#?}", other.findings);

    let folder = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let path = |name: &str| folder.path().join(name);
    for (name, text) in [("allowed_signers", signers.as_str()), ("one.sig", signature), ("0001.yaml", RULEBOOK)] {
        std::fs::write(path(name), text).expect("written");
    }
    let mut command = Command::new("ssh-keygen");
    command
        .args(["-Y", "verify", "-n", NAMESPACE, "-I", "ana@example.com", "-f"])
        .arg(path("allowed_signers"))
        .arg("-s")
        .arg(path("one.sig"));
    let output = command.stdin(Stdio::from(std::fs::File::open(path("0001.yaml")).expect("just written"))).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_security_key_signs_with_ed25519() {
    let pair = Ed25519Keypair::from_seed(&[7; 32]);
    let message = SshSig::signed_data(NAMESPACE, HashAlg::Sha512, RULEBOOK.as_bytes()).expect("data");
    let signed = |trailer: [u8; 5]| {
        let signature = sign(&PrivateKey::from(pair.clone()), &device_data(&message, trailer));
        by_hand("sk-ssh-ed25519@openssh.com", &string(&pair.public.0), signature.as_bytes(), trailer)
    };
    let (key, armoured) = signed(TOUCHED);
    check(&key, &armoured, None);
    for trailer in UNTOUCHED {
        let (key, armoured) = signed(trailer);
        check(&key, &armoured, Some(2144));
    }
}

#[test]
fn a_security_key_signs_with_ecdsa() {
    let pair = EcdsaKeypair::random(&mut ssh_key::rand_core::OsRng, EcdsaCurve::NistP256).expect("a key");
    let message = SshSig::signed_data(NAMESPACE, HashAlg::Sha512, RULEBOOK.as_bytes()).expect("data");
    let private = PrivateKey::new(KeypairData::Ecdsa(pair.clone()), "").expect("a key");
    let public = [string(b"nistp256"), string(pair.public_key_bytes())].concat();
    for (trailer, refused) in [(TOUCHED, None), (UNTOUCHED[0], Some(2144))] {
        let signature = sign(&private, &device_data(&message, trailer));
        let (key, armoured) = by_hand("sk-ecdsa-sha2-nistp256@openssh.com", &public, signature.as_bytes(), trailer);
        check(&key, &armoured, refused);
    }
}
