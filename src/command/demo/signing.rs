//! The demo's agreement: a charter, and a sample rulebook that two people sign on the spot, with keys that live as long as the demo.
//!
//! What `ssh-keygen` does for real people. The service verifies these signatures as it verifies any.

use std::path::{Path, PathBuf};

use ssh_key::rand_core::OsRng;
use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey};

use crate::config::settings::RulebookSettings;
use crate::pipeline::policy;
use crate::rulebook::signatures::NAMESPACE;

/// The parties of the sample company, and who signs for each.
pub const SIGNERS: [(&str, &str); 2] = [("marketing", "marta.leon@cumbre.example"), ("sales", "ivan.soto@cumbre.example")];

/// An agreement in a folder.
pub struct Signed {
    charter: PathBuf,
    rulebooks: PathBuf,
    rosters: PathBuf,
}

impl Signed {
    /// Makes keys, writes the charter, and lets everybody sign the rulebook.
    ///
    /// # Errors
    /// The folder can't be written, or the machine gives no randomness.
    pub fn write(folder: &Path, rulebook: &str, roster: &str) -> anyhow::Result<Self> {
        let signed = Self { charter: folder.join("charter.yaml"), rulebooks: folder.join("rulebooks"), rosters: folder.join("rosters") };
        std::fs::create_dir_all(&signed.rulebooks)?;
        std::fs::create_dir_all(&signed.rosters)?;
        let (file, of_sales) = (signed.rulebooks.join("0001.yaml"), signed.rosters.join("0001.yaml"));
        let (mut parties, mut allowed, mut signatures) = (String::new(), String::new(), String::new());
        for (party, person) in SIGNERS {
            let key = PrivateKey::random(&mut OsRng, Algorithm::Ed25519)?;
            let signature = key.sign(NAMESPACE, HashAlg::Sha512, rulebook.as_bytes())?;
            parties.push_str(&format!("  {party}: {{ needed: 1, signers: [{person}] }}\n"));
            allowed.push_str(&format!("{person} namespaces=\"{NAMESPACE}\" {}\n", key.public_key().to_openssh()?));
            signatures.push_str(&signature.to_pem(LineEnding::LF)?);
            if party == "sales" {
                let signature = key.sign(NAMESPACE, HashAlg::Sha512, roster.as_bytes())?;
                std::fs::write(policy::signatures_of(&of_sales), signature.to_pem(LineEnding::LF)?)?;
            }
        }
        std::fs::write(&signed.charter, format!("api: relevo/v1\nkind: Charter\nparties:\n{parties}"))?;
        std::fs::write(signed.charter.with_file_name("allowed_signers"), allowed)?;
        std::fs::write(policy::signatures_of(&file), signatures)?;
        std::fs::write(&file, rulebook)?;
        std::fs::write(&of_sales, roster)?;
        Ok(signed)
    }

    /// Where the service finds it.
    pub fn settings(&self) -> RulebookSettings {
        RulebookSettings {
            folder: self.rulebooks.clone(),
            rosters: self.rosters.clone(),
            charter: self.charter.clone(),
            ..RulebookSettings::default()
        }
    }
}
