//! What a mounted volume answers.

use super::{
    Cause::{
        AccessDenied, FileNotFound, FolderNotFound, HeadersTimeout, LinkBlocked, NotAFile, NotMounted,
        ReadFailed,
    },
    row::{On::Named, Row},
};

/// What messages call the origin.
pub(crate) const LABEL: &str = "the volume";

const MISSING: &str = "No file was found on {origin} at the specified path";

pub(crate) static NO_FILE: Row = Row::new(
    "no such file, a folder, or a name longer than the file system takes",
    Named,
    FileNotFound,
    [MISSING, "{what}", "Check the path in the URL, and volume.path of the Origin"],
);
pub(crate) static NO_FOLDER: Row = Row::new(
    "the origin's folder is not there",
    Named,
    FolderNotFound,
    [
        "the folder of the origin was not found on {origin}",
        "folder {folder}: {what}",
        "Correct volume.path of the Origin",
    ],
);
pub(crate) static NOT_MOUNTED: Row = Row::new(
    "the volume is not mounted",
    Named,
    NotMounted,
    [
        "{origin} is not mounted",
        "the pod has no folder for it",
        "List the volume in spec.volumes of the DataPlane, or see why it is not mounted",
    ],
);
pub(crate) static PERMISSION: Row = Row::new(
    "permission denied",
    Named,
    AccessDenied,
    [
        "access was denied by {origin}",
        "the server's user may not read the file",
        "Make the file readable for the group of podTemplate.spec.securityContext.fsGroup, or for everybody",
    ],
);
pub(crate) static CLOSED_FOLDER: Row = Row::new(
    "a folder on the path that may not be entered",
    Named,
    AccessDenied,
    [
        "access was denied by {origin}",
        "the server's user may not enter the folder {folder}",
        "Let the group of podTemplate.spec.securityContext.fsGroup, or everybody, enter the folder (chmod g+x or o+x)",
    ],
);
pub(crate) static LINK_ABSOLUTE: Row = Row::new(
    "an absolute link",
    Named,
    LinkBlocked,
    [
        "an absolute link on {origin} is not followed",
        "a link on the path is absolute; such links are not followed, even if they lead into the volume",
        "Replace the link by a copy, or by a relative link within the volume",
    ],
);
pub(crate) static LINK_OUT: Row = Row::new(
    "a link that leaves the volume",
    Named,
    LinkBlocked,
    [
        "a link leads out of {origin}",
        "a link on the path leads out of the volume",
        "Replace the link by a copy, or by a relative link within the volume",
    ],
);
pub(crate) static LINK_LOOP: Row = Row::new(
    "links in circles",
    Named,
    LinkBlocked,
    [
        "a link on {origin} cannot be followed",
        "too many links stand in a row, or they lead around in circles",
        "Replace the link by the file",
    ],
);
pub(crate) static NOT_A_FILE: Row = Row::new(
    "a device, socket or pipe",
    Named,
    NotAFile,
    [
        "the path names no regular file on {origin}",
        "a device, socket or pipe stands there",
        "Replace it by a file",
    ],
);
pub(crate) static READ_FAILED: Row = Row::new(
    "an I/O error",
    Named,
    ReadFailed,
    ["{origin} could not be read", "the storage answers: {what}", "Check the storage behind the volume"],
);
pub(crate) static SLOW: Row = Row::new(
    "a file is not open in time",
    Named,
    HeadersTimeout,
    [
        "{origin} did not answer in time",
        "a file was not open within {limit}",
        "Check the storage behind the volume",
    ],
);

/// All rows, in the order of the guide.
pub(super) static ROWS: &[&Row] = &[
    &NO_FILE,
    &NO_FOLDER,
    &PERMISSION,
    &CLOSED_FOLDER,
    &LINK_ABSOLUTE,
    &LINK_OUT,
    &LINK_LOOP,
    &NOT_A_FILE,
    &NOT_MOUNTED,
    &READ_FAILED,
    &SLOW,
];
