//! A configuration as a tree that knows where each key and value stands, whatever it was written in.

mod field;
mod json;
mod limits;
mod merge;
mod node;
mod position;
mod toml;
mod yaml;

pub use limits::Limits;
pub use node::{Member, Node, Value};
pub use position::Position;

pub(crate) use field::Field;
pub(crate) use json::read as read_json;
pub(crate) use position::{Lines, push_step};

use crate::{Error, ErrorKind};

/// One file of a configuration: its name for people, and its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain pair")]
pub struct SourceFile<'a> {
    /// The name that entries of the ledger show.
    pub name: &'a str,
    /// What is in it.
    pub text: &'a str,
}

/// What a configuration is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Format {
    /// YAML 1.2, one document; `yes` and `no` are strings, as there.
    Yaml,
    /// TOML 1.1.
    Toml,
    /// JSON.
    Json,
}

/// A configuration as read: one tree, also when it came from several files.
///
/// ```
/// use switchback_migrate::{Format, Limits, SourceFile, Tree};
///
/// let file = SourceFile { name: "config.yaml", text: "router_settings:\n  num_retries: 2\n" };
/// let tree = Tree::read(&[file], Format::Yaml, &Limits::default())?;
/// let leaf = tree.leaves().next().expect("there is one");
/// assert_eq!(leaf.pointer, "/router_settings/num_retries");
/// assert_eq!((leaf.at.line, leaf.at.column), (2, 16));
/// # Ok::<(), switchback_migrate::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    root: Node,
    files: Vec<String>,
    nodes: u32,
}

/// A scalar or an empty container of a tree: what an import has to account for.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Leaf<'t> {
    /// Its JSON Pointer.
    pub pointer: String,
    /// Where its value stands.
    pub at: Position,
    /// The value.
    pub node: &'t Node,
}

impl Tree {
    /// Reads a configuration. Several files are merged table by table, as TensorZero does.
    ///
    /// Cost: linear in the text, and in what aliases stand for, which `limits` bound.
    ///
    /// # Errors
    ///
    /// Text that is not of the format, a limit passed, or two files that give one key different values; each says
    /// where.
    pub fn read(files: &[SourceFile<'_>], format: Format, limits: &Limits) -> Result<Self, Error> {
        let mut root: Option<Node> = None;
        for (index, file) in files.iter().enumerate() {
            let index = u16::try_from(index).unwrap_or(u16::MAX);
            let read = Self::read_one(file.text, format, limits, index);
            let node = read.map_err(|error| error.in_file(file.name))?;
            root = Some(match root {
                None => node,
                Some(root) => merge::merge(root, node).map_err(|error| error.in_file(file.name))?,
            });
        }
        let Some(mut root) = root else {
            return Err(Error::new(ErrorKind::Syntax, Position::START, "no file was given"));
        };
        let mut nodes = 0;
        root.number(&mut nodes);
        Ok(Self { root, files: files.iter().map(|file| file.name.to_owned()).collect(), nodes })
    }

    fn read_one(text: &str, format: Format, limits: &Limits, file: u16) -> Result<Node, Error> {
        limits.check_bytes(text)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match format {
            Format::Yaml => yaml::read(text, limits, file),
            Format::Toml => toml::read(text, limits, file),
            Format::Json => json::read(text, limits, file),
        }
    }

    /// The tree below a node that was read by itself.
    pub(crate) fn of(mut root: Node) -> Self {
        let mut nodes = 0;
        root.number(&mut nodes);
        Self { root, files: Vec::new(), nodes }
    }

    /// The root.
    pub const fn root(&self) -> &Node {
        &self.root
    }

    /// Every leaf, in the order of the source.
    pub fn leaves(&self) -> impl Iterator<Item = Leaf<'_>> {
        let mut leaves = Vec::new();
        collect(&self.root, &mut String::new(), &mut leaves);
        leaves.into_iter()
    }

    /// The same tree with what its vendor puts in front of every key in the place of each secret.
    pub(crate) fn without_secrets(&self) -> Self {
        let mut plain = self.clone();
        plain.root.redact("", false);
        plain
    }

    pub(crate) fn field(&self) -> Field<'_> {
        Field::root(&self.root)
    }

    pub(crate) const fn node_count(&self) -> u32 {
        self.nodes
    }

    /// The name of the file that a position is in; none where there is one file only.
    pub(crate) fn file_of(&self, at: Position) -> Option<&str> {
        if self.files.len() < 2 {
            return None;
        }
        self.files.get(usize::from(at.file)).map(String::as_str)
    }
}

fn collect<'t>(node: &'t Node, pointer: &mut String, leaves: &mut Vec<Leaf<'t>>) {
    if node.is_leaf() {
        leaves.push(Leaf { pointer: pointer.clone(), at: node.at, node });
    }
    node.children(|key, child| {
        let length = pointer.len();
        push_step(pointer, key);
        collect(child, pointer, leaves);
        pointer.truncate(length);
    });
}
