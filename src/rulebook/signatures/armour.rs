//! The armour around signatures: a file holds any number of blocks, as `ssh-keygen -Y sign` writes them, one after another.
//!
//! As lenient as OpenSSH about white space within a block, and strict about everything between blocks. It refuses to know what a
//! signature says.

use ssh_key::SshSig;

use crate::rulebook::yaml::Span;

const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
const END: &str = "-----END SSH SIGNATURE-----";
/// The width of OpenSSH's armour, which the decoder insists on.
const WIDTH: usize = 70;
/// The most characters of a block: the largest that OpenSSH makes, of an RSA key of 16,384 bits, is far below.
const MAX_BLOCK_BYTES: usize = 16 * 1024;

/// A block, or what stands where one should.
pub(super) struct Block {
    /// Its first line, or the line that does not belong there.
    pub span: Span,
    /// The signature, or what is wrong.
    pub signature: Result<SshSig, &'static str>,
}

/// The blocks of a file; empty lines and comments (`#`) may stand between.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<(Span, String)> = None;
    let mut start = 0;
    for line in text.split('\n') {
        let span = Span { start, end: start + line.len() };
        start += line.len() + 1;
        let line = line.trim();
        match (&mut open, line) {
            (Some(_), BEGIN) => {
                let (begun, _) = open.take().expect("just matched");
                blocks.push(Block { span: begun, signature: Err(CUT_OFF) });
                open = Some((span, String::new()));
            }
            (None, BEGIN) => open = Some((span, String::new())),
            (Some(_), END) => {
                let (begun, body) = open.take().expect("just matched");
                blocks.push(Block { span: begun, signature: decode(&body) });
            }
            (Some((_, body)), line) => body.extend(line.chars().filter(|c| !c.is_whitespace())),
            (None, line) if line.is_empty() || line.starts_with('#') => {}
            (None, _) => blocks.push(Block { span, signature: Err("this belongs to no signature") }),
        }
    }
    if let Some((begun, _)) = open {
        blocks.push(Block { span: begun, signature: Err(CUT_OFF) });
    }
    blocks
}

const CUT_OFF: &str = "this signature has no end: it was cut off, or is still being written";

fn decode(body: &str) -> Result<SshSig, &'static str> {
    if !body.is_ascii() || body.len() > MAX_BLOCK_BYTES {
        return Err("this block is no signature");
    }
    let mut pem = String::with_capacity(body.len() + body.len() / WIDTH + 2 * WIDTH);
    pem.push_str(BEGIN);
    for start in (0..body.len()).step_by(WIDTH) {
        pem.push('\n');
        pem.push_str(&body[start..body.len().min(start + WIDTH)]);
    }
    pem.push('\n');
    pem.push_str(END);
    pem.push('\n');
    SshSig::from_pem(&pem).map_err(|error| match error {
        ssh_key::Error::Version { .. } => "this signature is of a newer format than this version of Relevo reads",
        ssh_key::Error::AlgorithmUnknown | ssh_key::Error::AlgorithmUnsupported { .. } => "this signature is of a kind that is not taken",
        _ => "this block is no signature: it was changed or cut",
    })
}
