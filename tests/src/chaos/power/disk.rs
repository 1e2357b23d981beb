//! A disk as the page cache and a power cut leave it.
//!
//! Replays a recording and knows at every point what is promised (synced) and what is not. A cut then
//! rolls dice: of every unsynced piece the old contents survive, or those of some moment since; a file
//! has its old length or one of the later ones, whatever became of its pieces; and of the unsynced
//! changes of a folder's names the first few happened, in order, and the others did not. That is
//! harsher than most disks and no more than the manual pages allow. A file's sync promises nothing
//! about its name.
//!
//! Also after a failed sync: the kernel may have dropped what it could not write, and a later sync
//! that succeeds promises it no more (only what was written again since).

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::Path;

use super::dice::Dice;
use super::recording::Record;

const PAGE_BYTES: usize = 4096;
/// The smallest piece a drive writes as a whole.
const SECTOR_BYTES: usize = 512;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    File(usize),
    Folder(usize),
}

/// Which syncs the model believes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syncs {
    Count,
    /// Those of this file promise nothing: a control that must find losses.
    CountBut(&'static str),
}

pub struct Disk {
    files: Vec<FileOf>,
    folders: Vec<Folder>,
    handles: HashMap<u64, (Node, String)>,
    tickets: HashMap<u64, (u64, u64)>,
    moment: u64,
    syncs: Syncs,
}

#[derive(Default)]
struct FileOf {
    now: Vec<u8>,
    synced: Vec<u8>,
    /// By page: its contents after every write since the last sync.
    pages: BTreeMap<usize, Page>,
    lengths: Vec<(u64, usize)>,
}

#[derive(Default)]
struct Page {
    since: Vec<(u64, Vec<u8>)>,
    /// A sync that began at this moment failed, and the page may have been dropped.
    dropped: u64,
}

#[derive(Default)]
struct Folder {
    now: BTreeMap<String, Node>,
    synced: BTreeMap<String, Node>,
    changes: Vec<(u64, NameChange)>,
}

#[derive(Clone)]
enum NameChange {
    Added(String, Node),
    Removed(String),
    Renamed(String, String),
}

/// How a cut treats what is not promised.
#[derive(Debug, Clone, Copy)]
pub struct Mood {
    /// Of 100 unsynced pieces so many are on the disk in some newer form.
    survive: usize,
    piece_bytes: usize,
}

impl Mood {
    pub fn roll(dice: &mut Dice) -> Self {
        Self {
            survive: [0, 10, 50, 50, 90, 100][dice.roll(6)],
            piece_bytes: if dice.one_in(4) {
                SECTOR_BYTES
            } else {
                PAGE_BYTES
            },
        }
    }
}

impl Disk {
    /// What is in this folder now, all of it safely on the disk.
    pub fn holding(root: &Path, syncs: Syncs) -> io::Result<Self> {
        let mut disk = Self {
            files: Vec::new(),
            folders: vec![Folder::default()],
            handles: HashMap::new(),
            tickets: HashMap::new(),
            moment: 0,
            syncs,
        };
        disk.load(0, root)?;
        Ok(disk)
    }

    fn load(&mut self, folder: usize, path: &Path) -> io::Result<()> {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let node = if entry.file_type()?.is_dir() {
                self.folders.push(Folder::default());
                let inner = self.folders.len() - 1;
                self.load(inner, &entry.path())?;
                Node::Folder(inner)
            } else {
                let bytes = fs::read(entry.path())?;
                self.files.push(FileOf {
                    now: bytes.clone(),
                    synced: bytes,
                    ..FileOf::default()
                });
                Node::File(self.files.len() - 1)
            };
            self.folders[folder].now.insert(name.clone(), node);
            self.folders[folder].synced.insert(name, node);
        }
        Ok(())
    }

    pub fn replay(&mut self, record: &Record) -> Result<(), String> {
        self.moment += 1;
        let moment = self.moment;
        match record {
            Record::Started => {
                self.handles.clear();
                self.tickets.clear();
            }
            Record::Opened {
                handle,
                made,
                emptied,
                path,
            } => {
                if *made {
                    self.files.push(FileOf::default());
                    let node = Node::File(self.files.len() - 1);
                    self.change_name(path, |name| NameChange::Added(name, node))?;
                }
                let node = self.node(path)?;
                if let (true, Node::File(file)) = (emptied, node) {
                    self.files[file].set_length(moment, 0);
                }
                self.handles.insert(*handle, (node, path.clone()));
            }
            Record::Written { handle, at, bytes } => {
                self.file(*handle)?.write(moment, *at as usize, bytes);
            }
            Record::LengthSet { handle, len } => {
                self.file(*handle)?.set_length(moment, *len as usize);
            }
            Record::SyncBegun { ticket, handle } => {
                self.tickets.insert(*ticket, (*handle, moment));
            }
            Record::SyncEnded { ticket, done } => {
                let known = self.tickets.remove(ticket);
                let (handle, begun) = known.ok_or("a sync ended that never began")?;
                let (node, path) = self.handles.get(&handle).ok_or("a sync of no file")?;
                if matches!(self.syncs, Syncs::CountBut(file) if path.ends_with(file)) {
                    return Ok(());
                }
                match (*node, done) {
                    (Node::File(file), true) => self.files[file].synced(begun),
                    (Node::File(file), false) => self.files[file].sync_failed(begun),
                    (Node::Folder(folder), true) => self.folders[folder].synced(begun),
                    (Node::Folder(_), false) => {}
                }
            }
            Record::Renamed { from, to } => {
                let (_, to) = parted(to);
                self.change_name(from, |from| NameChange::Renamed(from, to.to_owned()))?;
            }
            Record::Removed(path) | Record::FolderRemoved(path) => {
                self.change_name(path, NameChange::Removed)?;
            }
            Record::FolderMade(path) => {
                self.folders.push(Folder::default());
                let node = Node::Folder(self.folders.len() - 1);
                self.change_name(path, |name| NameChange::Added(name, node))?;
            }
            Record::Mark(_) => {}
        }
        Ok(())
    }

    fn file(&mut self, handle: u64) -> Result<&mut FileOf, String> {
        match self.handles.get(&handle) {
            Some((Node::File(file), _)) => Ok(&mut self.files[*file]),
            _ => Err(format!("handle {handle} is no open file")),
        }
    }

    fn node(&self, path: &str) -> Result<Node, String> {
        let mut node = Node::Folder(0);
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let Node::Folder(folder) = node else {
                return Err(format!("`{path}` leads through a file"));
            };
            let found = self.folders[folder].now.get(name);
            node = *found.ok_or_else(|| format!("`{path}` was opened and never made"))?;
        }
        Ok(node)
    }

    fn change_name(
        &mut self,
        path: &str,
        change: impl FnOnce(String) -> NameChange,
    ) -> Result<(), String> {
        let (folder, name) = parted(path);
        let Node::Folder(folder) = self.node(folder)? else {
            return Err(format!("`{path}` lies in a file"));
        };
        let change = change(name.to_owned());
        let folder = &mut self.folders[folder];
        change.apply(&mut folder.now);
        folder.changes.push((self.moment, change));
        Ok(())
    }

    /// Writes what a power cut at this moment leaves.
    pub fn cut(&self, to: &Path, mood: Mood, dice: &mut Dice) -> io::Result<()> {
        let files: Vec<Vec<u8>> = self
            .files
            .iter()
            .map(|file| file.after_a_cut(mood, dice))
            .collect();
        let folders: Vec<BTreeMap<String, Node>> = self
            .folders
            .iter()
            .map(|folder| folder.after_a_cut(dice))
            .collect();
        write(to, Node::Folder(0), &files, &folders)
    }

    /// The first thing in which the folder is not what the recording made of it. A call that the
    /// recorder does not know shows here.
    pub fn differs_from(&self, root: &Path) -> io::Result<Option<String>> {
        self.folder_differs(0, root)
    }

    fn folder_differs(&self, folder: usize, path: &Path) -> io::Result<Option<String>> {
        let now = &self.folders[folder].now;
        let mut there = 0;
        for entry in fs::read_dir(path)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            there += 1;
            let differs = match now.get(&*name) {
                None => true,
                Some(Node::File(file)) => fs::read(&path)? != self.files[*file].now,
                Some(Node::Folder(inner)) => {
                    if let Some(found) = self.folder_differs(*inner, &path)? {
                        return Ok(Some(found));
                    }
                    false
                }
            };
            if differs {
                return Ok(Some(path.display().to_string()));
            }
        }
        Ok((there != now.len()).then(|| format!("the names in {}", path.display())))
    }
}

/// The folder and the last name of a path.
fn parted(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn write(
    to: &Path,
    node: Node,
    files: &[Vec<u8>],
    folders: &[BTreeMap<String, Node>],
) -> io::Result<()> {
    match node {
        Node::File(file) => fs::write(to, &files[file]),
        Node::Folder(folder) => {
            fs::create_dir_all(to)?;
            for (name, node) in &folders[folder] {
                write(&to.join(name), *node, files, folders)?;
            }
            Ok(())
        }
    }
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<String, Node>) {
        match self {
            Self::Added(name, node) => drop(names.insert(name.clone(), *node)),
            Self::Removed(name) => drop(names.remove(name)),
            Self::Renamed(from, to) => {
                if let Some(node) = names.remove(from) {
                    names.insert(to.clone(), node);
                }
            }
        }
    }
}

impl Folder {
    fn synced(&mut self, begun: u64) {
        let promised = self.changes.partition_point(|(when, _)| *when < begun);
        for (_, change) in self.changes.drain(..promised) {
            change.apply(&mut self.synced);
        }
    }

    fn after_a_cut(&self, dice: &mut Dice) -> BTreeMap<String, Node> {
        let all = self.changes.len();
        let happened = match dice.roll(3) {
            0 => 0,
            1 => all,
            _ => dice.roll(all + 1),
        };
        let mut names = self.synced.clone();
        for (_, change) in &self.changes[..happened] {
            change.apply(&mut names);
        }
        names
    }
}

impl FileOf {
    fn write(&mut self, moment: u64, at: usize, bytes: &[u8]) {
        let end = at + bytes.len();
        if end > self.now.len() {
            self.now.resize(end, 0);
            self.lengths.push((moment, end));
        }
        self.now[at..end].copy_from_slice(bytes);
        self.touch(moment, at, end);
    }

    fn set_length(&mut self, moment: u64, len: usize) {
        let before = self.now.len();
        self.now.resize(len, 0);
        self.lengths.push((moment, len));
        // What is cut off reads as zeroes should the file grow again.
        if len < before {
            self.touch(moment, len, before);
        }
    }

    fn touch(&mut self, moment: u64, from: usize, to: usize) {
        if from == to {
            return;
        }
        for page in from / PAGE_BYTES..=(to - 1) / PAGE_BYTES {
            let first = (page * PAGE_BYTES).min(self.now.len());
            let last = ((page + 1) * PAGE_BYTES).min(self.now.len());
            let mut bytes = self.now[first..last].to_vec();
            bytes.resize(PAGE_BYTES, 0);
            let page = self.pages.entry(page).or_default();
            page.since.push((moment, bytes));
        }
    }

    fn synced(&mut self, begun: u64) {
        let lengths = self.lengths.partition_point(|(when, _)| *when < begun);
        if let Some((_, len)) = self.lengths.drain(..lengths).next_back() {
            self.synced.resize(len, 0);
        }
        for (page, of) in &mut self.pages {
            let promised = of.since.partition_point(|(when, _)| *when < begun);
            let Some((when, bytes)) = promised.checked_sub(1).map(|last| &of.since[last]) else {
                continue;
            };
            if *when < of.dropped {
                continue;
            }
            put(&mut self.synced, page * PAGE_BYTES, bytes);
            of.since.drain(..promised);
            of.dropped = 0;
        }
        self.pages.retain(|_, of| !of.since.is_empty());
    }

    fn sync_failed(&mut self, begun: u64) {
        for of in self.pages.values_mut() {
            of.dropped = begun;
        }
    }

    fn after_a_cut(&self, mood: Mood, dice: &mut Dice) -> Vec<u8> {
        let len = match chosen(&self.lengths, mood, dice) {
            Some((_, len)) => *len,
            None => self.synced.len(),
        };
        let mut bytes = self.synced.clone();
        bytes.resize(bytes.len().max(len), 0);
        for (page, of) in &self.pages {
            for piece in 0..PAGE_BYTES / mood.piece_bytes {
                if let Some((_, contents)) = chosen(&of.since, mood, dice) {
                    let within = piece * mood.piece_bytes;
                    let contents = &contents[within..within + mood.piece_bytes];
                    put(&mut bytes, page * PAGE_BYTES + within, contents);
                }
            }
        }
        bytes.resize(len, 0);
        bytes
    }
}

/// Nothing newer, or one of these; the newest more often than the others.
fn chosen<'a, T>(since: &'a [T], mood: Mood, dice: &mut Dice) -> Option<&'a T> {
    if since.is_empty() || dice.roll(100) >= mood.survive {
        return None;
    }
    match dice.one_in(2) {
        true => since.last(),
        false => since.get(dice.roll(since.len())),
    }
}

/// Writes as much as there is room for.
fn put(to: &mut [u8], at: usize, bytes: &[u8]) {
    let end = to.len().min(at + bytes.len());
    if at < end {
        to[at..end].copy_from_slice(&bytes[..end - at]);
    }
}
